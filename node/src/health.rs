//! How the machine is, read from the kernel's files, and how its cameras and its spool are: for the heartbeat, the
//! hello and the restart message. What a machine does not tell is left out. Knows no network protocol and no camera.

mod gauges;
mod machine;
mod power;
#[cfg(test)]
mod tests;

use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use picket_common::config::hostname;
use picket_common::event::{DiskHealth, HealthData, PowerHealth};
use picket_common::room::Room;
use picket_common::time::Clock;

pub use self::gauges::{Gauge, Gauges};
use self::machine::Machine;
use self::power::Power;
use crate::spool::Stock;

/// Facts about this machine and this node. Cheap to clone.
#[derive(Clone)]
pub struct Health {
    clock: Arc<dyn Clock>,
    machine: Machine,
    power: Power,
    gauges: Gauges,
    /// The file system that holds it is the one that the node writes to.
    disk: PathBuf,
    boot: String,
    hardware: String,
}

impl Health {
    /// Reads what does not change.
    pub fn new(clock: Arc<dyn Clock>) -> Health {
        Health::below(Path::new("/"), clock)
    }

    /// The same, with the kernel's files below `root`.
    pub fn below(root: &Path, clock: Arc<dyn Clock>) -> Health {
        let machine = Machine::new(root);
        let known = |fact: Option<String>| fact.unwrap_or_else(|| "unknown".to_owned());
        Health {
            boot: known(machine.line("/proc/sys/kernel/random/boot_id")),
            hardware: known(machine.hardware()),
            disk: root.to_owned(),
            machine,
            power: Power::default(),
            gauges: Gauges::new(clock.clone()),
            clock,
        }
    }

    /// The machine's run, from its start to its end.
    pub fn boot(&self) -> String {
        self.boot.clone()
    }

    /// A Pi's serial number, or the machine's id.
    pub fn hardware(&self) -> String {
        self.hardware.clone()
    }

    /// Where what is counted of each camera is read from.
    pub fn gauges(&self) -> &Gauges {
        &self.gauges
    }

    /// What a Pi says of its supply and its heat. What was seen once is remembered.
    pub fn power(&self) -> Option<PowerHealth> {
        self.power.read(&self.machine)
    }

    /// The file system that the node writes to.
    pub fn disk(&self) -> Option<DiskHealth> {
        Room::of(&self.disk).ok().map(DiskHealth::from)
    }

    /// What a heartbeat says. Rates are measured from one call to the next.
    pub fn data(&self, stock: &Stock) -> HealthData {
        let Stock { messages, bytes, oldest, dropped_events, dropped_images, refused, .. } = *stock;
        let (machine, now) = (&self.machine, self.clock.uptime());
        HealthData {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            hardware: self.hardware(),
            uptime_s: Some(now.as_secs()),
            clock: Some(self.clock.state()),
            clock_ahead_s: None,
            temperature_c: machine.temperature(),
            power: self.power(),
            load: machine.load(),
            cpus: machine.cpus(),
            memory_total_bytes: machine.memory("MemTotal"),
            memory_available_bytes: machine.memory("MemAvailable"),
            memory_own_bytes: machine.own_memory(),
            disk: self.disk(),
            spool: stock.disk.clone(),
            wifi: machine.wifi(),
            cameras: self.gauges.measure(),
            waiting_messages: messages,
            waiting_bytes: bytes,
            waiting_oldest_s: oldest.map(|oldest| waited(now, oldest)),
            dropped_events,
            dropped_images,
            refused,
        }
    }

    /// imagenode's restart fields: host name, system, address, memory, hours since boot. `hub` is the hub's
    /// address, towards which this machine has an address of its own.
    pub fn restart_fields(&self, hub: &str) -> Vec<String> {
        let memory = self.machine.memory("MemTotal");
        let memory = memory.map_or_else(|| "unknown".to_owned(), |bytes| format!("{} MB", bytes >> 20));
        let hours = self.clock.uptime().as_secs_f64() / 3600.0;
        let address = address_towards(hub).unwrap_or_else(|| "unknown".to_owned());
        let system = self.machine.system().unwrap_or_else(|| "Linux".to_owned());
        vec![hostname(), system, address, memory, format!("{hours:.1} hours since boot")]
    }
}

/// How many seconds lie between two times of the machine's, of which the first may be before its start.
fn waited(now: Duration, since: SignedDuration) -> u64 {
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    u64::try_from(now.saturating_sub(since.as_secs())).unwrap_or(0)
}

/// The address this machine uses towards `tcp://host:port`. Connecting a UDP socket sends nothing.
fn address_towards(hub: &str) -> Option<String> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect(hub.strip_prefix("tcp://")?).ok()?;
    Some(socket.local_addr().ok()?.ip().to_string())
}
