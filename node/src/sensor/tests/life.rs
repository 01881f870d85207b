//! A sensor over time: what is told, and how it dies and comes back.

use super::*;

const DECK: &str = "name: deck, kind: ds18b20, unit: C";

fn nothing() -> Vec<String> {
    Vec::new()
}

#[test]
fn a_reading_is_told_as_imagenode_does_with_the_whole_number_beside_it() {
    let sysfs = Sysfs::new();
    sysfs.ds18b20("28-000005e2fdc3", 25187);
    let mut world = World::new(&sysfs, "name: deck, kind: ds18b20");
    world.worker.step();
    let data = json!({"name": "Temp", "value": 77.3366, "unit": "F"});
    assert_eq!(world.told(), [("Barn deck|Temp|77.3 F".to_owned(), data)]);
}

#[test]
fn what_differs_too_little_from_what_was_told_is_not_told() {
    let sysfs = Sysfs::new();
    let mut world = World::new(sysfs.ds18b20("28-000005e2fdc3", 20000), DECK);
    assert_eq!(world.pass(1), ["Barn deck|Temp|20 C"]);
    let mut then = |thousandths: i32, expected: &[&str]| {
        sysfs.ds18b20("28-000005e2fdc3", thousandths);
        assert_eq!(world.pass(600), expected, "{thousandths}");
    };
    then(20937, &[]);
    then(21000, &["Barn deck|Temp|21 C"]);
    then(21900, &[]);
    // Held against what was told, not against what was read: a slow change is told.
    then(22062, &["Barn deck|Temp|22.1 C"]);
    then(21000, &["Barn deck|Temp|21 C"]);
}

#[test]
fn with_no_difference_asked_for_every_reading_is_told() {
    let sysfs = Sysfs::new();
    let mut world =
        World::new(sysfs.ds18b20("28-000005e2fdc3", 20000), &format!("{DECK}, min_difference: 0, every: 10s"));
    assert_eq!(world.pass(35), ["Barn deck|Temp|20 C"; 4]);
}

#[test]
fn temperature_and_humidity_are_each_compared_by_itself() {
    let sysfs = Sysfs::new();
    let mut world = World::new(sysfs.dht("21300", "48400"), "name: pond, kind: dht22, unit: C");
    assert_eq!(world.pass(1), ["Barn pond|Temp|21.3 C", "Barn pond|humidity|48.4 %"]);
    sysfs.dht("21900", "51000");
    assert_eq!(world.pass(600), ["Barn pond|humidity|51 %"]);
    sysfs.dht("22300", "51900");
    assert_eq!(world.pass(600), ["Barn pond|Temp|22.3 C"]);
}

#[test]
fn two_sensors_of_one_kind_stay_apart() {
    let sysfs = Sysfs::new();
    sysfs.ds18b20("28-000005e2fdc3", 20000).ds18b20("28-0417a2f3b1ff", 4000);
    let mut deck = World::new(&sysfs, "name: deck, kind: ds18b20, id: 28-000005e2fdc3, unit: C");
    let mut pond = World::new(&sysfs, "name: pond, kind: ds18b20, id: 28-0417a2f3b1ff, unit: C");
    assert_eq!([deck.pass(1), pond.pass(1)], [["Barn deck|Temp|20 C"], ["Barn pond|Temp|4 C"]]);
}

#[test]
fn one_glitch_is_not_death() {
    let sysfs = Sysfs::new();
    let mut world = World::new(sysfs.ds18b20("28-000005e2fdc3", 20000), DECK);
    assert_eq!(world.pass(600), ["Barn deck|Temp|20 C"]);
    sysfs.write("bus/w1/devices/28-000005e2fdc3/w1_slave", &slave(20000).replace("YES", "NO"));
    assert_eq!(world.pass(4), nothing());
    // It is tried again within seconds, not after ten minutes.
    sysfs.ds18b20("28-000005e2fdc3", 30000);
    assert_eq!(world.pass(3), ["Barn deck|Temp|30 C"]);
}

#[test]
fn a_sensor_that_fails_again_and_again_is_dead_until_it_is_read() {
    let sysfs = Sysfs::new();
    let mut world = World::new(sysfs.ds18b20("28-000005e2fdc3", 20000), DECK);
    assert_eq!(world.pass(600), ["Barn deck|Temp|20 C"]);
    sysfs.remove("bus/w1/devices/28-000005e2fdc3");
    world.pass(14);
    assert_eq!(world.told(), []);
    world.clock.advance(Duration::from_secs(2));
    world.worker.step();
    let reason = "/sys/bus/w1/devices: no DS18B20 answers on the 1-Wire bus; check the wires, and the resistor of \
                  4.7 kOhm between data and 3.3 V";
    let told: Vec<_> = world.told().into_iter().map(|(text, data)| (text, sysfs.plain(&data.to_string()))).collect();
    let data = json!({"phase": "start", "what": "sensor", "state": "dead", "reason": reason}).to_string();
    assert_eq!(told, [("Barn deck|sensor|dead".to_owned(), data)]);
    // Told once, however long it lasts.
    assert_eq!(world.pass(7200), nothing());
    sysfs.ds18b20("28-000005e2fdc3", 20000);
    // Less than `every` later it is back.
    assert_eq!(world.pass(600), ["Barn deck|sensor|alive"]);
    sysfs.ds18b20("28-000005e2fdc3", 25000);
    assert_eq!(world.pass(600), ["Barn deck|Temp|25 C"]);
}

#[test]
fn a_sensor_that_was_never_there_is_dead_too() {
    let mut world = World::new(&Sysfs::new(), DECK);
    assert_eq!(world.pass(20), ["Barn deck|sensor|dead"]);
}

#[test]
fn a_lying_sensor_is_a_dead_one() {
    let sysfs = Sysfs::new();
    let mut world = World::new(sysfs.dht("21300", "850100"), "name: pond, kind: dht22, unit: C");
    assert_eq!(world.pass(300), ["Barn pond|sensor|dead"]);
    sysfs.dht("21300", "48400");
    assert_eq!(world.pass(600), ["Barn pond|sensor|alive", "Barn pond|Temp|21.3 C", "Barn pond|humidity|48.4 %"]);
}

#[test]
fn one_that_is_tried_on_is_tried_at_least_every_ten_minutes_and_no_more_often_than_asked() {
    let (tries, sysfs) = (Arc::new(Mutex::new(Vec::new())), Sysfs::new());
    let check = |every: &str, seconds: u64, expected: &[u64]| {
        let mut world = World::new(&sysfs, &format!("{DECK}, every: {every}"));
        tries.lock().unwrap().clear();
        struct Failing(Arc<Mutex<Vec<u64>>>, SimClock);
        impl Sensor for Failing {
            fn read(&mut self, _: &Shutdown) -> Result<Vec<ReadingData>, String> {
                self.0.lock().unwrap().push(self.1.uptime().as_secs());
                Err("no".into())
            }
        }
        let (clock, every) = (world.clock.clone(), every.parse::<config::Duration>().unwrap().0);
        let author = Author {
            node: "Barn".into(),
            view: Some("deck".into()),
            boot: "b".into(),
            clock: Arc::new(clock.clone()),
            spool: world.spool.clone(),
        };
        let plan = Plan { every, min_difference: 0.0, patience: PATIENCE, grace: Duration::ZERO };
        let failing = Box::new(Failing(tries.clone(), clock.clone()));
        world.worker = Box::new(Reader::new(failing, plan, author, Arc::new(clock)).unwrap());
        world.pass(seconds);
        assert_eq!(*tries.lock().unwrap(), expected, "{every:?}");
    };
    check("1d", 2500, &[0, 5, 15, 35, 75, 155, 315, 635, 1235, 1835, 2435]);
    check("1m", 300, &[0, 5, 15, 35, 75, 135, 195, 255]);
    check("2s", 9, &[0, 2, 4, 6, 8]);
}

/// A file on which reading waits until somebody writes.
fn silent(sysfs: &Sysfs, file: &str) -> PathBuf {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let path = sysfs.path(file);
    mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    path
}

#[test]
fn a_sensor_that_hangs_is_dead_and_holds_up_nothing() {
    let sysfs = Sysfs::new();
    let path = silent(&sysfs, "hangs");
    let mut world = World::new(&sysfs, &format!("name: tank, kind: file, path: {}, measures: Level", path.display()));
    let mut hang = || {
        assert_eq!(world.worker.step(), Duration::ZERO);
        world.clock.advance(PATIENCE);
    };
    (0..3).for_each(|_| hang());
    assert_eq!(world.told(), []);
    world.worker.step();
    let told = world.told();
    assert_eq!(told[0].0, "Barn tank|sensor|dead");
    let reason = "it has been silent for 30 s and hangs; a restart of the machine may help";
    assert_eq!(told[0].1["reason"], reason);
    // Its answer counts, however late.
    std::fs::write(&path, "42\n").unwrap();
    while world.spool.stock().messages < 2 {
        world.worker.step();
    }
    let texts: Vec<String> = world.told().into_iter().map(|(text, _)| text).collect();
    assert_eq!(texts, ["Barn tank|sensor|alive", "Barn tank|Level|42"]);
}

#[test]
fn a_node_stops_though_a_sensor_hangs() {
    let sysfs = Sysfs::new();
    let path = silent(&sysfs, "hangs");
    let mut world = World::new(&sysfs, &format!("name: tank, kind: file, path: {}, measures: Level", path.display()));
    world.worker.step();
    let started = SystemClock.uptime();
    world.worker.stop();
    assert!(SystemClock.uptime() - started < Duration::from_secs(3));
    std::fs::write(&path, "0").unwrap(); // the thread may end
}

#[test]
fn a_stop_ends_the_event_of_a_dead_sensor() {
    let mut world = World::new(&Sysfs::new(), DECK);
    assert_eq!(world.pass(20), ["Barn deck|sensor|dead"]);
    world.worker.stop();
    let told = world.told();
    assert_eq!(told[0].0, "Barn deck|sensor|unknown");
    assert_eq!((&told[0].1["phase"], &told[0].1["reason"]), (&json!("end"), &json!("the node stopped")));
}

#[test]
fn a_program_that_runs_is_ended_when_the_node_stops() {
    let sysfs = Sysfs::new();
    let note = sysfs.path("pid");
    let program = format!("[sh, -c, 'sleep 1000 & echo $! > {}; wait']", note.display());
    let mut world =
        World::new(&sysfs, &format!("name: tank, kind: command, measures: Level, timeout: 5m, program: {program}"));
    let pid = loop {
        world.worker.step();
        match std::fs::read_to_string(&note) {
            Ok(text) if text.ends_with('\n') => break text.trim().to_owned(),
            _ => {}
        }
    };
    assert!(std::path::Path::new(&format!("/proc/{pid}")).exists());
    world.worker.stop();
    // A child's child takes the signal in its own time.
    let gone = || std::fs::read_to_string(format!("/proc/{pid}/stat")).map_or(true, |stat| stat.contains(") Z "));
    assert!((0..100).any(|_| gone() || SystemClock.wait(Duration::from_millis(10), &Shutdown::new())));
}
