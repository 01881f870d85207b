//! Facts about the machine, from the kernel's files below a root. What is not there, or is not understood, is none.

use std::fs;
use std::path::{Path, PathBuf};

use picket_common::event::WifiHealth;

/// Where `/proc`, `/sys` and `/etc` are found: `/`, or a folder with files of their form.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    root: PathBuf,
}

impl Machine {
    pub(super) fn new(root: &Path) -> Machine {
        Machine { root: root.to_owned() }
    }

    /// A path such as `/proc/meminfo`, below the root.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    pub(super) fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.path(path)).ok()
    }

    /// A file's one line, without what ends it: a device tree's texts end with a zero.
    pub(super) fn line(&self, path: &str) -> Option<String> {
        let text = self.text(path)?;
        let text = text.trim_matches(['\0', '\n', ' ']);
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The names in a folder, in order.
    pub(super) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    /// A Pi's serial number, or the machine's id.
    pub(super) fn hardware(&self) -> Option<String> {
        self.line("/sys/firmware/devicetree/base/serial-number").or_else(|| self.line("/etc/machine-id"))
    }

    /// `Raspberry Pi Zero 2 W Rev 1.0`, or else the system's name, such as `Debian GNU/Linux 12 (bookworm)`.
    pub(super) fn system(&self) -> Option<String> {
        let named = || {
            let release = self.text("/etc/os-release")?;
            let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
            Some(name.trim_matches('"').to_owned())
        };
        self.line("/sys/firmware/devicetree/base/model").or_else(named)
    }

    /// Of the processor, in degrees Celsius.
    pub(super) fn temperature(&self) -> Option<f64> {
        let thousandths: f64 = self.line("/sys/class/thermal/thermal_zone0/temp")?.parse().ok()?;
        thousandths.is_finite().then_some(thousandths / 1000.0)
    }

    /// Over the last minute.
    pub(super) fn load(&self) -> Option<f64> {
        self.line("/proc/loadavg")?.split(' ').next()?.parse().ok().filter(|load: &f64| load.is_finite())
    }

    /// Processors that are switched on: `0-3`, or `0,2-3`.
    pub(super) fn cpus(&self) -> Option<u32> {
        let count = |range: &str| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            last.parse::<u32>().ok()?.checked_sub(first.parse().ok()?)?.checked_add(1)
        };
        self.line("/sys/devices/system/cpu/online")?.split(',').map(count).sum()
    }

    /// A field of /proc/meminfo, in bytes.
    pub(super) fn memory(&self, field: &str) -> Option<u64> {
        kilobytes(&self.text("/proc/meminfo")?, field)
    }

    /// What this program has in memory, in bytes.
    pub(super) fn own_memory(&self) -> Option<u64> {
        kilobytes(&self.text("/proc/self/status")?, "VmRSS")
    }

    /// The wireless interface, from /proc/net/wireless: `wlan0: 0000   58.  -52.  -256  ...`, which is the
    /// interface, its status, and link, level and noise, each with a point if it is new since the last reading.
    /// The level is in dBm where it is negative; drivers that count otherwise do not tell how.
    pub(super) fn wifi(&self) -> Option<WifiHealth> {
        let text = self.text("/proc/net/wireless")?;
        let (interface, facts) = text.lines().skip(2).find_map(|line| line.split_once(':'))?;
        let number = |place: usize| facts.split_whitespace().nth(place)?.trim_end_matches('.').parse::<f64>().ok();
        Some(WifiHealth {
            interface: interface.trim().to_owned(),
            signal_dbm: number(2).filter(|level| (-200.0..0.0).contains(level)),
            link_quality: number(1).filter(|quality| quality.is_finite()),
        })
    }
}

/// A line such as `MemTotal:         437412 kB`, in bytes.
fn kilobytes(text: &str, field: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}
