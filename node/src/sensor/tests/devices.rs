//! Each kind of sensor, over the kernel's files as they are and as they should not be.

use super::*;
use crate::config::{CommandSensorConfig, DhtConfig, Temperature};

/// What a sensor reads, as texts, or why it does not.
fn read(sysfs: &Sysfs, config: &str) -> Result<Vec<String>, String> {
    let root = sysfs.0.path();
    let clock = Arc::new(SimClock::new(Timestamp::UNIX_EPOCH));
    let mut device: Box<dyn Sensor> = match sensor(config) {
        SensorConfig::Ds18b20(config) => Box::new(ds18b20::Ds18b20::new(root, config.id, config.unit)),
        SensorConfig::Dht11(config) => Box::new(dht::Dht::new(root, dht::DHT11, &config, clock)),
        SensorConfig::Dht22(config) => Box::new(dht::Dht::new(root, dht::DHT22, &config, clock)),
        SensorConfig::Iio(config) => Box::new(iio::Iio::new(root, &config)),
        SensorConfig::Command(config) => Box::new(command::Command::new(&config)),
        SensorConfig::File(config) => Box::new(file::File::new(&config)),
        other => panic!("{other:?}"),
    };
    texts(sysfs, device.read(&Shutdown::new()))
}

fn texts(sysfs: &Sysfs, answer: Result<Vec<ReadingData>, String>) -> Result<Vec<String>, String> {
    let text = |reading: &ReadingData| format!("{} {}", reading.name, reading.text());
    answer.map(|readings| readings.iter().map(text).collect()).map_err(|error| sysfs.plain(&error))
}

fn check(sysfs: &Sysfs, config: &str, expected: &[&str]) {
    assert_eq!(read(sysfs, config), Ok(expected.iter().map(|text| (*text).to_owned()).collect()), "{config}");
}

fn fails(sysfs: &Sysfs, config: &str, expected: &str) {
    assert_eq!(read(sysfs, config), Err(expected.to_owned()), "{config}");
}

const DECK: &str = "name: deck, kind: ds18b20, unit: C";
const WIRES: &str = "check the wires, and the resistor of 4.7 kOhm between data and 3.3 V";
const W1: &str = "bus/w1/devices/28-000005e2fdc3";

#[test]
fn a_ds18b20_gives_degrees_in_the_unit_asked_for() {
    let sysfs = Sysfs::new();
    sysfs.ds18b20("28-000005e2fdc3", -1062).write("bus/w1/devices/w1_bus_master1/w1_master_name", "w1_bus_master1\n");
    check(&sysfs, "name: deck, kind: ds18b20", &["Temp 30.1 F"]);
    check(&sysfs, DECK, &["Temp -1.1 C"]);
    check(&sysfs, "name: deck, kind: ds18b20, unit: K", &["Temp 272.1 K"]);
    // A newer driver may show only this.
    sysfs.remove(&format!("{W1}/w1_slave"));
    sysfs.write(&format!("{W1}/temperature"), "23125\n");
    check(&sysfs, DECK, &["Temp 23.1 C"]);
}

#[test]
fn a_ds18b20_that_does_not_measure_says_why() {
    let sysfs = Sysfs::new();
    let fails = |expected: &str| fails(&sysfs, DECK, &expected.replace("WIRES", WIRES));
    let driver = "write `dtoverlay=w1-gpio` into /boot/firmware/config.txt and restart";
    fails(&format!("/sys/bus/w1/devices: there is no 1-Wire bus; {driver}"));
    sysfs.write("bus/w1/devices/w1_bus_master1/w1_master_name", "");
    fails("/sys/bus/w1/devices: no DS18B20 answers on the 1-Wire bus; WIRES");
    sysfs.write("bus/w1/devices/00-400000000000/id", "");
    let noise = "there is noise and no DS18B20: the resistor is missing or too weak";
    fails(&format!("/sys/bus/w1/devices: {noise}; WIRES"));
    let slave_is = |text: &str| sysfs.write(&format!("{W1}/w1_slave"), text);
    let fails = |text: &str, expected: &str| {
        slave_is(text);
        fails(&format!("/sys/{W1}: {expected}"));
    };
    fails(&slave(23125).replace("YES", "NO"), "its check sum is wrong; WIRES");
    fails("", "the kernel's driver shows nothing of it; WIRES");
    fails(
        "00 00 00 00 00 00 00 00 00 : crc=00 YES\n00 00 t=0\n",
        "the data wire is shorted to ground: all that comes is zeros",
    );
    fails(&slave(0).replace("t=0", ""), "the kernel's driver shows no temperature");
    fails(&slave(0).replace("t=0", "t=warm"), "`warm` is not a number, such as 77.3 or 77.3 F");
    fails(&slave(-60000), "-60 C is not believed: a DS18B20 gives -55 to 125 C");
    fails(&slave(127937), "127.937 C is not believed: a DS18B20 gives -55 to 125 C");
    let power = "85 C is what a sensor says that has lost its power and measured nothing; WIRES";
    fails(&slave(85000), power);
    sysfs.remove(&format!("{W1}/w1_slave"));
    sysfs.write(&format!("{W1}/temperature"), "");
    self::fails(&sysfs, DECK, &format!("/sys/{W1}: its check sum is wrong; {WIRES}"));
    std::fs::create_dir(sysfs.path(&format!("{W1}/w1_slave"))).unwrap(); // reading it fails, as with EIO
    self::fails(&sysfs, DECK, &format!("/sys/{W1}: Is a directory (os error 21); {WIRES}"));
}

#[test]
fn of_several_ds18b20_one_is_chosen_by_its_id() {
    let sysfs = Sysfs::new();
    sysfs.ds18b20("28-000005e2fdc3", 20000).ds18b20("28-0417a2f3b1ff", 4000);
    check(&sysfs, &format!("{DECK}, id: 28-0417a2f3b1ff"), &["Temp 4 C"]);
    let several =
        "there are several: 28-000005e2fdc3, 28-0417a2f3b1ff; say which is meant, such as `id: 28-000005e2fdc3`";
    fails(&sysfs, DECK, &format!("/sys/bus/w1/devices: {several}"));
    let other = "28-0000000000aa does not answer, but 28-000005e2fdc3, 28-0417a2f3b1ff does";
    fails(&sysfs, &format!("{DECK}, id: 28-0000000000aa"), &format!("/sys/bus/w1/devices: {other}; {WIRES}"));
}

#[test]
fn exactly_85_is_believed_only_beside_its_like() {
    let sysfs = Sysfs::new();
    let mut device = ds18b20::Ds18b20::new(sysfs.0.path(), None, Temperature::C);
    let mut check = |thousandths: i32, believed: bool| {
        sysfs.ds18b20("28-000005e2fdc3", thousandths);
        assert_eq!(device.read(&Shutdown::new()).is_ok(), believed, "{thousandths}");
    };
    check(85000, false);
    check(20000, true);
    check(85000, false);
    check(79500, true);
    check(85000, false);
    check(81000, true);
    check(85000, true);
    check(85000, true);
}

const POND: &str = "name: pond, kind: dht22, unit: C";

#[test]
fn a_dht_is_found_by_its_name_and_gives_two_readings() {
    let sysfs = Sysfs::new();
    sysfs.iio("iio:device1", &[("name", "bmp280"), ("in_temp_input", "30000"), ("in_pressure_input", "101.325")]);
    sysfs.dht("21300", "48400");
    check(&sysfs, POND, &["Temp 21.3 C", "humidity 48.4 %"]);
    check(&sysfs, "name: pond, kind: dht11", &["Temp 70.3 F", "humidity 48.4 %"]);
    for name in ["humidity_sensor", "soc:dht11@4", "DHT22"] {
        sysfs.iio("iio:device0", &[("name", name)]);
        check(&sysfs, POND, &["Temp 21.3 C", "humidity 48.4 %"]);
    }
}

#[test]
fn a_dht_that_does_not_measure_says_why() {
    let sysfs = Sysfs::new();
    let overlay =
        "write `dtoverlay=dht11,gpiopin=4` (its pin; for a DHT22 too) into /boot/firmware/config.txt and restart";
    let place = "/sys/bus/iio/devices";
    fails(&sysfs, POND, &format!("{place}: there is no DHT (there is none at all); {overlay}"));
    sysfs.iio("iio:device1", &[("name", "bmp280")]);
    fails(&sysfs, POND, &format!("{place}: there is no DHT (there is iio:device1 bmp280); {overlay}"));
    let wires = "(5 times in a row); check the wires, and the resistor of 4.7 to 10 kOhm between data and 3.3 V";
    let lies = |temp: &str, humidity: &str, reason: &str| {
        sysfs.dht(temp, humidity);
        fails(&sysfs, POND, &format!("{reason} {wires}"));
    };
    let humid = "/sys/bus/iio/devices/iio:device0: humidityrelative";
    lies("21300", "100500", &format!("{humid}: 100.5 % is not believed: humidity gives 0 to 100 %"));
    lies("90000", "48400", "90 C is not believed: a DHT22 gives -40 to 80 C");
    lies("21300", "", &format!("{humid}: nothing is there where a number is expected"));
    lies("21300", "nan", &format!("{humid}: `nan` is not a number that can be measured"));
    sysfs.dht("21300", "48400").iio("iio:device2", &[("name", "dht11@17")]);
    let several = "there are several: iio:device0 dht11@4, iio:device2 dht11@17; say which is meant, such as `device: iio:device0`";
    fails(&sysfs, POND, &format!("{place}: {several}"));
    check(&sysfs, &format!("{POND}, device: dht11@4"), &["Temp 21.3 C", "humidity 48.4 %"]);
}

/// A clock that does something whenever it is waited on.
struct Mending<F>(Mutex<F>);

impl<F: FnMut() + Send> Clock for Mending<F> {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn uptime(&self) -> Duration {
        Duration::ZERO
    }

    fn state(&self) -> ClockState {
        ClockState::Synced
    }

    fn wait(&self, time: Duration, shutdown: &Shutdown) -> bool {
        assert_eq!(time, Duration::from_secs(2));
        (self.0.lock().unwrap())();
        shutdown.is_requested()
    }
}

#[test]
fn a_dht_that_misses_its_moment_is_tried_again() {
    let sysfs = Arc::new(Sysfs::new());
    sysfs.dht("21300", "48400");
    let file = "bus/iio/devices/iio:device0/in_temp_input";
    sysfs.remove(file);
    std::fs::create_dir(sysfs.path(file)).unwrap(); // reading it fails, as with EIO or ETIMEDOUT
    let (inside, mut waits) = (sysfs.clone(), 0);
    let mend = move || {
        waits += 1;
        if waits == 4 {
            inside.remove(file);
            inside.dht("21300", "48400");
        }
    };
    let SensorConfig::Dht22(config) = sensor(POND) else { panic!() };
    let config: DhtConfig = config;
    let mut device = dht::Dht::new(sysfs.0.path(), dht::DHT22, &config, Arc::new(Mending(Mutex::new(mend))));
    let expected = Ok(vec!["Temp 21.3 C".to_owned(), "humidity 48.4 %".to_owned()]);
    assert_eq!(texts(&sysfs, device.read(&Shutdown::new())), expected);
}

#[test]
fn a_channel_of_any_device_is_read_in_its_unit() {
    let sysfs = Sysfs::new();
    sysfs.iio("iio:device0", &[("name", "bmp280"), ("in_temp_input", "21300"), ("in_pressure_input", "101.325")]);
    sysfs.iio("iio:device1", &[("name", "tsl2561"), ("in_illuminance_input", "0.125")]);
    sysfs.iio("iio:device2", &[("name", "ads1015"), ("in_voltage0_raw", "1650"), ("in_voltage_scale", "2.000")]);
    sysfs.iio("iio:device2", &[("in_voltage1_raw", "100"), ("in_voltage1_scale", "4"), ("in_voltage1_offset", "-50")]);
    sysfs.iio("iio:device3", &[("name", "mlx90614"), ("label", "stove"), ("in_temp_object_raw", "18000")]);
    sysfs.iio("iio:device3", &[("in_temp_object_scale", "20"), ("in_temp_object_offset", "-13657.5")]);
    let read =
        |channel: &str, expected: &str| check(&sysfs, &format!("name: x, kind: iio, channel: {channel}"), &[expected]);
    read("pressure", "pressure 1013.2 hPa");
    read("illuminance", "Illuminance 0.125 lx");
    read("voltage0, device: ads1015", "voltage 3.3 V");
    read("voltage1, device: 'iio:device2'", "voltage 0.2 V");
    read("temp, device: bmp280, unit: C", "Temp 21.3 C");
    read("temp_object, device: stove", "Temp 188.3 F");
    let fails = |channel: &str, expected: &str| {
        fails(&sysfs, &format!("name: x, kind: iio, channel: {channel}"), &format!("/sys/bus/iio/devices{expected}"));
    };
    let all = "there is iio:device0 bmp280, iio:device1 tsl2561, iio:device2 ads1015, iio:device3 mlx90614 stove";
    let hint = "is its driver or overlay loaded?";
    fails("current", &format!(": no device has a channel `current` ({all}); {hint}"));
    fails("temp, device: bme680", &format!(": there is no device `bme680` ({all}); {hint}"));
    fails("temp, device: ads1015", "/iio:device2: temp: the device has no such channel");
    sysfs.iio("iio:device1", &[("in_illuminance_input", "-5")]);
    let lie = "illuminance: -5 lx is not believed: Illuminance gives 0 to 10000000 lx";
    fails("illuminance", &format!("/iio:device1: {lie}"));
}

#[test]
fn a_file_holds_a_number() {
    let sysfs = Sysfs::new();
    sysfs.write("temp", "48312\n").write("level", "42.5 cm\n").write("cold", "-300 C").write("junk", "\u{fffd}|x");
    let path = |file: &str, more: &str| {
        format!("name: cpu, kind: file, measures: Temp, path: '{}'{more}", sysfs.path(file).display())
    };
    check(&sysfs, &path("temp", ", scale: 0.001, unit: C"), &["Temp 48.3 C"]);
    check(&sysfs, &path("temp", ", scale: 0.0018, offset: 32, unit: F"), &["Temp 119 F"]);
    check(&sysfs, &path("level", ""), &["Temp 42.5 cm"]);
    let fails = |file: &str, more: &str, expected: &str| fails(&sysfs, &path(file, more), &format!("/sys/{expected}"));
    fails("level", ", unit: F", "level: the number comes in cm, and the configuration says `unit: F`");
    fails("cold", "", "cold: -300 C is colder than anything can be");
    fails("junk", "", "junk: `\u{fffd}|x` is not a number, such as 77.3 or 77.3 F");
    fails("gone", "", "gone: there is no such file");
}

#[test]
fn a_program_prints_a_number() {
    let sysfs = Sysfs::new();
    let shell = |script: &str, more: &str| {
        format!("name: tank, kind: command, measures: Level, program: [sh, -c, '{script}']{more}")
    };
    check(&sysfs, &shell("echo 77.3 F", ""), &["Level 77.3 F"]);
    check(&sysfs, &shell("echo 77 F", ", unit: C"), &["Level 25 C"]);
    check(&sysfs, &shell("echo hello >&2; echo 42", ", unit: cm"), &["Level 42 cm"]);
    let fails =
        |script: &str, expected: &str| fails(&sysfs, &shell(script, ""), &format!("`sh -c {script}`: {expected}"));
    fails("echo no water >&2; exit 3", "sh ended (exit status: 3): no water");
    fails("echo 42; exit 3", "sh ended (exit status: 3)");
    fails("true", "nothing is there where a number is expected");
    fails("echo many words", "`many words` is not a number, such as 77.3 or 77.3 F");
    fails("head -c 100000 /dev/zero", "prints more than a number");
    let missing = "`/no/such`: such is not installed; is it spelt right in the sensor's `program`?";
    self::fails(&sysfs, "name: tank, kind: command, measures: Level, program: [/no/such]", missing);
}

#[test]
fn a_program_that_takes_too_long_is_ended() {
    let SensorConfig::Command(config) =
        sensor("name: t, kind: command, measures: L, program: [sh, -c, 'echo 1 2>&1; echo slow >&2; sleep 1000']")
    else {
        panic!()
    };
    let config = CommandSensorConfig { timeout: "300ms".parse().unwrap(), ..config };
    let started = SystemClock.uptime();
    let answer = command::Command::new(&config).read(&Shutdown::new());
    assert_eq!(
        answer,
        Err("`sh -c echo 1 2>&1; echo slow >&2; sleep 1000`: took longer than 300ms and was ended: slow".to_owned())
    );
    assert!(SystemClock.uptime() - started < Duration::from_secs(5));
}
