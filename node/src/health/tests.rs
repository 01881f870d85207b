use std::fs;
use std::time::Duration;

use picket_common::event::{CameraHealth, PowerFlags, WifiHealth};
use picket_common::time::{SimClock, Timestamp};
use tempfile::TempDir;

use super::*;

/// A tree of the kernel's files.
struct Tree(TempDir);

impl Tree {
    fn new(files: &[(&str, &str)]) -> Tree {
        let tree = Tree(tempfile::tempdir().unwrap());
        files.iter().for_each(|(path, text)| tree.write(path, text));
        tree
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn health(&self) -> (Health, SimClock) {
        let clock = SimClock::new(Timestamp::UNIX_EPOCH);
        (Health::below(self.0.path(), Arc::new(clock.clone())), clock)
    }

    fn data(&self) -> HealthData {
        self.health().0.data(&Stock::default())
    }
}

const MEMINFO: &str = "MemTotal:         437412 kB\nMemFree:           61448 kB\nMemAvailable:     215040 kB\n";
const WIRELESS: &str = "\
Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
 face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
 wlan0: 0000   49.  -61.  -256        0      0      0      3      0        0
";
const FIRMWARE: &str = "sys/bus/platform/devices/soc:firmware/get_throttled";

/// As on a Pi Zero 2 W.
fn pi() -> Tree {
    Tree::new(&[
        ("proc/sys/kernel/random/boot_id", "7d9b5a0c-2f5e-4b63-9a36-1f0f0c9e5a11\n"),
        ("sys/firmware/devicetree/base/serial-number", "00000000a1b2c3d4\0"),
        ("sys/firmware/devicetree/base/model", "Raspberry Pi Zero 2 W Rev 1.0\0"),
        ("etc/machine-id", "0123456789abcdef0123456789abcdef\n"),
        ("sys/class/thermal/thermal_zone0/temp", "52078\n"),
        ("proc/loadavg", "0.42 0.36 0.30 2/154 1893\n"),
        ("sys/devices/system/cpu/online", "0-3\n"),
        ("proc/meminfo", MEMINFO),
        ("proc/self/status", "Name:\tpicket-node\nVmHWM:\t   30000 kB\nVmRSS:\t   20480 kB\nThreads:\t5\n"),
        ("proc/net/wireless", WIRELESS),
        (FIRMWARE, "50005\n"),
    ])
}

#[test]
fn a_pi_tells_everything() {
    let tree = pi();
    let (health, clock) = tree.health();
    clock.advance(Duration::from_secs(3600));
    let stock = Stock {
        messages: 2,
        bytes: 5000,
        oldest: Some(SignedDuration::from_secs(3590)),
        dropped_events: 1,
        dropped_images: 2,
        refused: 3,
        ..Stock::default()
    };
    let data = health.data(&stock);
    let disk = data.disk.unwrap();
    assert!(0 < disk.free_bytes && disk.free_bytes <= disk.total_bytes, "{disk:?}");
    let now = PowerFlags { under_voltage: true, throttled: true, ..PowerFlags::default() };
    let expected = HealthData {
        version: env!("CARGO_PKG_VERSION").into(),
        hardware: "00000000a1b2c3d4".into(),
        uptime_s: Some(3600),
        clock: Some(picket_common::time::ClockState::Synced),
        clock_ahead_s: None,
        temperature_c: Some(52.078),
        power: Some(PowerHealth { now, since_boot: now }),
        load: Some(0.42),
        cpus: Some(4),
        memory_total_bytes: Some(437_412 << 10),
        memory_available_bytes: Some(215_040 << 10),
        memory_own_bytes: Some(20 << 20),
        disk: Some(disk),
        spool: None,
        wifi: Some(WifiHealth { interface: "wlan0".into(), signal_dbm: Some(-61.0), link_quality: Some(49.0) }),
        cameras: vec![],
        waiting_messages: 2,
        waiting_bytes: 5000,
        waiting_oldest_s: Some(10),
        dropped_events: 1,
        dropped_images: 2,
        refused: 3,
    };
    assert_eq!(data, expected);
    assert_eq!(health.boot(), "7d9b5a0c-2f5e-4b63-9a36-1f0f0c9e5a11");
    let restart = health.restart_fields("tcp://127.0.0.1:5555");
    assert_eq!(&restart[1..], ["Raspberry Pi Zero 2 W Rev 1.0", "127.0.0.1", "427 MB", "1.0 hours since boot"]);
}

#[test]
fn a_machine_that_tells_nothing_is_silent_and_not_wrong() {
    let data = Tree::new(&[]).data();
    let told = HealthData {
        version: data.version.clone(),
        hardware: "unknown".into(),
        uptime_s: Some(0),
        clock: data.clock,
        disk: data.disk,
        ..HealthData::default()
    };
    assert_eq!(data, told);
}

#[test]
fn files_that_are_damaged_or_strange_are_left_out() {
    let check = |path: &str, text: &str, told: fn(&HealthData) -> bool, expected: bool| {
        let tree = pi();
        tree.write(path, text);
        assert_eq!(told(&tree.data()), expected, "{path}: {text:?}");
    };
    let temperature = |data: &HealthData| data.temperature_c.is_some();
    check("sys/class/thermal/thermal_zone0/temp", "", temperature, false);
    check("sys/class/thermal/thermal_zone0/temp", "NaN", temperature, false);
    check("sys/class/thermal/thermal_zone0/temp", "-5000\n", temperature, true);
    let load = |data: &HealthData| data.load.is_some();
    check("proc/loadavg", "inf 0 0", load, false);
    check("proc/loadavg", "\n", load, false);
    let cpus = |data: &HealthData| data.cpus == Some(3);
    check("sys/devices/system/cpu/online", "0,2-3\n", cpus, true);
    check("sys/devices/system/cpu/online", "3-0\n", |data| data.cpus.is_none(), true);
    check("sys/devices/system/cpu/online", "0-4294967295\n", |data| data.cpus.is_none(), true);
    let memory = |data: &HealthData| data.memory_total_bytes.is_some();
    check("proc/meminfo", "MemTotal: 99999999999999999999 kB\n", memory, false);
    check("proc/meminfo", "MemTotal: 18446744073709551615 kB\n", memory, false);
    check("proc/meminfo", "MemTotals: 5 kB\n", memory, false);
    let power = |data: &HealthData| data.power.is_some();
    check(FIRMWARE, "0x50000\n", power, true);
    check(FIRMWARE, "hot\n", power, false);
}

#[test]
fn wireless_levels_are_told_as_far_as_they_are_understood() {
    let check = |line: &str, expected: Option<(&str, Option<f64>, Option<f64>)>| {
        let heads = WIRELESS.lines().take(2).collect::<Vec<_>>().join("\n");
        let wifi = Tree::new(&[("proc/net/wireless", &format!("{heads}\n{line}"))]).data().wifi;
        let found = wifi.as_ref().map(|wifi| (&*wifi.interface, wifi.signal_dbm, wifi.link_quality));
        assert_eq!(found, expected, "{line}");
    };
    check(
        " wlan0: 0000   49.  -61.  -256        0      0      0      3      0        0\n",
        Some(("wlan0", Some(-61.0), Some(49.0))),
    );
    check(
        "wlp2s0: 0000   70   -40   -256        0      0      0      3      0        0\n",
        Some(("wlp2s0", Some(-40.0), Some(70.0))),
    );
    // Not in dBm, but in some measure of the driver's own.
    check(
        " wlan1: 0000   80.   55.    0.        0      0      0      0      0        0\n",
        Some(("wlan1", None, Some(80.0))),
    );
    check(" wlan0: 0000", Some(("wlan0", None, None)));
    check("", None);
    check("nothing", None);
}

#[test]
fn what_the_firmware_complained_of_once_is_remembered() {
    const NONE: PowerFlags =
        PowerFlags { under_voltage: false, frequency_capped: false, throttled: false, soft_temperature_limit: false };
    let under_voltage = PowerFlags { under_voltage: true, ..NONE };
    let tree = pi();
    let (health, _) = tree.health();
    let check = |text: &str, now: PowerFlags, since_boot: PowerFlags| {
        tree.write(FIRMWARE, text);
        assert_eq!(health.power(), Some(PowerHealth { now, since_boot }), "{text}");
    };
    check("0\n", NONE, NONE);
    check("1\n", under_voltage, under_voltage);
    // The kernel's own driver has had the firmware forget it.
    check("0\n", NONE, under_voltage);
    check("80000\n", NONE, PowerFlags { soft_temperature_limit: true, ..under_voltage });
    let all = PowerFlags { under_voltage: true, frequency_capped: true, throttled: true, soft_temperature_limit: true };
    check("f000f\n", all, all);
    check("0\n", NONE, all);
}

#[test]
fn a_kernel_that_is_not_the_vendors_tells_of_under_voltage_alone() {
    let tree = Tree::new(&[
        ("sys/class/hwmon/hwmon0/name", "cpu_thermal\n"),
        ("sys/class/hwmon/hwmon1/name", "rpi_volt\n"),
        ("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "0\n"),
    ]);
    let (health, _) = tree.health();
    let check = |text: &str, now: bool, since: bool| {
        tree.write("sys/class/hwmon/hwmon1/in0_lcrit_alarm", text);
        let flags = |under_voltage| PowerFlags { under_voltage, ..PowerFlags::default() };
        assert_eq!(health.power(), Some(PowerHealth { now: flags(now), since_boot: flags(since) }));
    };
    check("0\n", false, false);
    check("1\n", true, true);
    check("0\n", false, true);
}

#[test]
fn cameras_are_counted() {
    let (health, clock) = Tree::new(&[]).health();
    let (mailbox, door) = (
        health.gauges().camera(Some("Mailbox".into()), Duration::from_secs(120)),
        health.gauges().camera(Some("Door".into()), Duration::from_secs(120)),
    );
    let seconds = |seconds: f64| clock.advance(Duration::from_secs_f64(seconds));
    let cameras = || {
        let cameras = health.data(&Stock::default()).cameras;
        <[CameraHealth; 2]>::try_from(cameras).unwrap()
    };
    let view = |view: &str| CameraHealth { view: Some(view.into()), patience_s: Some(120), ..CameraHealth::default() };
    assert_eq!(cameras(), [view("Mailbox"), view("Door")]);
    assert_eq!(health.gauges().giving(), (0, 2));

    for frame in 0..100 {
        seconds(0.1);
        mailbox.frame(1 + frame / 50);
    }
    door.lost();
    door.missed(7);
    seconds(2.5);
    let expected = CameraHealth {
        frames: 100,
        frames_per_second: Some(8.0),
        passed_over: 2,
        last_frame_s: Some(2),
        ..view("Mailbox")
    };
    let lost = CameraHealth { frames_per_second: Some(0.0), reopenings: 1, missed: 7, lost_s: Some(2), ..view("Door") };
    assert_eq!(cameras(), [expected, lost]);
    assert_eq!(health.gauges().giving(), (1, 2));

    // Too soon after the last time to say a new rate.
    mailbox.frame(2);
    assert_eq!(cameras()[0].frames_per_second, Some(8.0));

    door.back();
    door.frame(0);
    mailbox.ended();
    seconds(10.0);
    let [first, second] = cameras();
    assert_eq!((first.frames, first.frames_per_second, first.ended), (101, Some(0.1), true));
    assert_eq!((second.reopenings, second.lost_s, second.last_frame_s), (1, None, Some(10)));
    assert_eq!(health.gauges().giving(), (1, 2));
}
