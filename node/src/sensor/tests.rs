//! Real threads, real files in the forms of the kernel's, real children; a clock that is moved.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use picket_common::event::Kind;
use picket_common::time::{ClockState, SimClock, SystemClock, Timestamp};
use serde_json::{Value, json};

use super::*;
use crate::activity::Activity;
use crate::output::Outputs;
use crate::spool::Spool;
use crate::trigger::Triggers;

mod devices;
mod life;

/// What the kernel shows of the hardware, in a folder of its own.
struct Sysfs(tempfile::TempDir);

impl Sysfs {
    fn new() -> Sysfs {
        Sysfs(tempfile::tempdir().unwrap())
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn write(&self, file: &str, text: &str) -> &Sysfs {
        let path = self.path(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    fn remove(&self, file: &str) {
        let path = self.path(file);
        if path.is_dir() { std::fs::remove_dir_all(path).unwrap() } else { std::fs::remove_file(path).unwrap() }
    }

    /// A DS18B20 as the kernel shows it.
    fn ds18b20(&self, id: &str, thousandths: i32) -> &Sysfs {
        self.write(&format!("bus/w1/devices/{id}/w1_slave"), &slave(thousandths))
    }

    /// A device of the industrial I/O, with its files.
    fn iio(&self, device: &str, files: &[(&str, &str)]) -> &Sysfs {
        for (file, text) in files {
            self.write(&format!("bus/iio/devices/{device}/{file}"), &format!("{text}\n"));
        }
        self
    }

    fn dht(&self, temp: &str, humidity: &str) -> &Sysfs {
        let files = [("name", "dht11@4"), ("in_temp_input", temp), ("in_humidityrelative_input", humidity)];
        self.iio("iio:device0", &files)
    }

    /// Without the folder's own name, which is another one each time.
    fn plain(&self, text: &str) -> String {
        text.replace(&self.0.path().display().to_string(), "/sys")
    }
}

/// What `w1_slave` shows.
fn slave(thousandths: i32) -> String {
    let bytes = "72 01 4b 46 7f ff 0e 10 57";
    format!("{bytes} : crc=57 YES\n{bytes} t={thousandths}\n")
}

/// A sensor as it is written in the file.
fn sensor(text: &str) -> SensorConfig {
    let text = format!("cameras: [{{source: {{kind: pattern}}}}]\nsensors:\n  - {{{text}}}\n");
    let config: NodeConfig =
        config::parse("picket-node.yaml", text.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    config.sensors.into_iter().next().unwrap()
}

/// One sensor of a node, and what it tells.
struct World {
    clock: SimClock,
    spool: Spool,
    worker: Box<dyn Worker>,
}

impl World {
    fn new(sysfs: &Sysfs, config: &str) -> World {
        let clock = SimClock::new("2026-11-20T12:00:00Z".parse().unwrap());
        let spool = Spool::in_memory(1 << 20);
        let shared = Shared {
            author: Author {
                node: "Barn".into(),
                view: None,
                boot: "b".into(),
                clock: Arc::new(clock.clone()),
                spool: spool.clone(),
            },
            clock: Arc::new(clock.clone()),
            activity: Activity::default(),
            outputs: Outputs::default(),
            triggers: Triggers::default(),
        };
        let worker = build_one(&sensor(config), &shared, None, sysfs.0.path()).unwrap();
        World { clock, spool, worker }
    }

    /// Lets time pass, and gives the texts of what is told.
    fn pass(&mut self, seconds: u64) -> Vec<String> {
        let end = self.clock.uptime() + Duration::from_secs(seconds);
        while self.clock.uptime() < end {
            let pause = self.worker.step().min(end.saturating_sub(self.clock.uptime()));
            self.clock.advance(pause);
        }
        self.told().into_iter().map(|(text, _)| text).collect()
    }

    /// What was told since it was last asked: the texts and the data.
    fn told(&mut self) -> Vec<(String, Value)> {
        let stream = self.spool.streams()[0];
        let mut told = vec![];
        while let Some(item) = self.spool.after(stream, 0) {
            assert_eq!(item.keys.event.is_some(), item.keys.kind == Kind::Event);
            told.push((item.msg.clone(), item.keys.data.clone()));
            self.spool.acknowledge(stream, item.seq);
        }
        told
    }
}
