//! How the machine is, read from the kernel's files: for the heartbeat, the hello and the restart message. What
//! a machine does not tell is left out. Knows no network protocol and no camera.

use std::fs;
use std::net::UdpSocket;
use std::sync::Arc;

use picket_common::config::hostname;
use picket_common::time::Clock;
use serde_json::{Value, json};

use crate::outbox::Stock;

/// Facts about this machine. Cheap to clone.
#[derive(Clone)]
pub struct Health {
    clock: Arc<dyn Clock>,
    boot: String,
    hardware: String,
}

impl Health {
    /// Reads what does not change.
    pub fn new(clock: Arc<dyn Clock>) -> Health {
        let boot = line("/proc/sys/kernel/random/boot_id").unwrap_or_else(|| "unknown".to_owned());
        let hardware = line("/sys/firmware/devicetree/base/serial-number")
            .or_else(|| line("/etc/machine-id"))
            .unwrap_or_else(|| "unknown".to_owned());
        Health { clock, boot, hardware }
    }

    /// The machine's run, from its start to its end.
    pub fn boot(&self) -> String {
        self.boot.clone()
    }

    /// A Pi's serial number, or the machine's id.
    pub fn hardware(&self) -> String {
        self.hardware.clone()
    }

    /// What a heartbeat says.
    pub fn data(&self, stock: &Stock) -> Value {
        let Stock { messages, bytes, dropped_events, dropped_images, refused } = stock;
        let mut data = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "hardware": self.hardware,
            "uptime_s": self.clock.uptime().as_secs(),
            "waiting_messages": messages,
            "waiting_bytes": bytes,
            "dropped_events": dropped_events,
            "dropped_images": dropped_images,
            "refused": refused,
        });
        let facts = [
            ("load", load()),
            ("temperature_c", temperature().map(Value::from)),
            ("memory_available_bytes", memory("MemAvailable").map(Value::from)),
        ];
        for (name, fact) in facts {
            if let Some(fact) = fact {
                data[name] = fact;
            }
        }
        data
    }

    /// imagenode's restart fields: host name, system, address, memory, hours since boot. `hub` is the hub's
    /// address, towards which this machine has an address of its own.
    pub fn restart_fields(&self, hub: &str) -> Vec<String> {
        let memory = memory("MemTotal").map_or_else(|| "unknown".to_owned(), |bytes| format!("{} MB", bytes >> 20));
        let hours = self.clock.uptime().as_secs_f64() / 3600.0;
        let address = address_towards(hub).unwrap_or_else(|| "unknown".to_owned());
        vec![hostname(), system(), address, memory, format!("{hours:.1} hours since boot")]
    }
}

/// `Raspberry Pi Zero 2 W Rev 1.0`, or else the system's name, such as `Debian GNU/Linux 12 (bookworm)`.
fn system() -> String {
    let named = || {
        let release = fs::read_to_string("/etc/os-release").ok()?;
        let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
        Some(name.trim_matches('"').to_owned())
    };
    line("/sys/firmware/devicetree/base/model").or_else(named).unwrap_or_else(|| "Linux".to_owned())
}

fn line(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let text = text.trim_matches(['\0', '\n', ' ']);
    (!text.is_empty()).then(|| text.to_owned())
}

fn load() -> Option<Value> {
    line("/proc/loadavg")?.split(' ').next()?.parse::<f64>().ok().map(Value::from)
}

fn temperature() -> Option<f64> {
    line("/sys/class/thermal/thermal_zone0/temp")?.parse::<f64>().ok().map(|thousandths| thousandths / 1000.0)
}

/// A field of /proc/meminfo, in bytes.
fn memory(field: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}

/// The address this machine uses towards `tcp://host:port`. Connecting a UDP socket sends nothing.
fn address_towards(hub: &str) -> Option<String> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect(hub.strip_prefix("tcp://")?).ok()?;
    Some(socket.local_addr().ok()?.ip().to_string())
}
