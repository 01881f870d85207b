//! Which programs run here and who listens at a port, from the kernel's files below `/proc`, as far as this user may see.

use std::fmt;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use crate::config;

const PROC: &str = "/proc";

/// A program that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub id: u32,
    /// Its name, as far as the kernel keeps it: 15 bytes.
    pub name: String,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (process {})", self.name, self.id)
    }
}

impl Process {
    /// The words of its command line behind the program's name.
    pub fn arguments(&self) -> Vec<String> {
        let line = fs::read(Path::new(PROC).join(self.id.to_string()).join("cmdline")).unwrap_or_default();
        let words = line.split(|byte| *byte == 0).skip(1).map(|word| String::from_utf8_lossy(word).into_owned());
        words.filter(|word| !word.is_empty()).collect()
    }

    /// The configuration file of a `picket-node run` or the like, by its command line and the folder it works in; none
    /// where this user may not see that folder and it matters, or where there is no file.
    pub fn configuration(&self, program: &str) -> Option<PathBuf> {
        let folder = fs::read_link(Path::new(PROC).join(self.id.to_string()).join("cwd")).ok();
        file_of(&self.arguments(), folder.as_deref(), program)
    }
}

/// The file that `arguments` name, or that is found without one, for a program that works in `folder`.
fn file_of(arguments: &[String], folder: Option<&Path>, program: &str) -> Option<PathBuf> {
    let place = |path: &Path| if path.is_absolute() { Some(path.to_owned()) } else { Some(folder?.join(path)) };
    match arguments.get(1).filter(|word| !word.starts_with('-')) {
        Some(given) => place(Path::new(given)),
        None => {
            let folders: Option<Vec<PathBuf>> = config::FOLDERS.iter().map(|each| place(Path::new(each))).collect();
            config::find_in(&folders?, program).ok()
        }
    }
}

/// A socket that listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Where.
    pub address: IpAddr,
    /// And at which port.
    pub port: u16,
    /// The kernel's number for it.
    inode: u64,
}

impl Listener {
    /// Whose it is; none if this user may not see that.
    pub fn owner(&self) -> Option<Process> {
        let socket = format!("socket:[{}]", self.inode);
        ids().into_iter().find(|id| holds(*id, &socket)).map(process)
    }

    /// Whether nothing but this machine can reach it.
    pub fn is_loopback(&self) -> bool {
        self.address.is_loopback()
    }
}

/// The process with this number, if it lives.
pub fn find(id: u32) -> Option<Process> {
    ids().contains(&id).then(|| process(id))
}

/// Other processes than this one that run `program` with this first argument: `picket-node run`.
pub fn running(program: &str, argument: &str) -> Vec<Process> {
    let ourselves = std::process::id();
    let runs = |id: &u32| {
        let line = fs::read(Path::new(PROC).join(id.to_string()).join("cmdline")).unwrap_or_default();
        let mut words = line.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let name = words.next().unwrap_or_default();
        name.rsplit('/').next() == Some(program) && words.next().is_some_and(|word| word == argument)
    };
    ids().into_iter().filter(|id| *id != ourselves).filter(runs).map(process).collect()
}

/// Every TCP socket that listens on this machine.
pub fn listeners() -> Vec<Listener> {
    ["net/tcp", "net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(Path::new(PROC).join(table)).ok())
        .flat_map(|table| table.lines().filter_map(row).collect::<Vec<_>>())
        .collect()
}

/// Those of one process.
pub fn listeners_of(id: u32) -> Vec<Listener> {
    let is_its = |listener: &Listener| holds(id, &format!("socket:[{}]", listener.inode));
    listeners().into_iter().filter(is_its).collect()
}

/// A row of /proc/net/tcp (proc(5)): number, `0100007F:15B3`, the other end, the state, ..., and tenth the inode.
fn row(line: &str) -> Option<Listener> {
    const LISTENS: &str = "0A";
    let fields: Vec<&str> = line.split_whitespace().collect();
    if fields.get(3) != Some(&LISTENS) {
        return None;
    }
    let (address, port) = fields.get(1)?.split_once(':')?;
    Some(Listener {
        address: ip(address)?,
        port: u16::from_str_radix(port, 16).ok()?,
        inode: fields.get(9)?.parse().ok()?,
    })
}

/// An address as the kernel writes it: 32-bit words in the machine's own order of bytes.
fn ip(text: &str) -> Option<IpAddr> {
    let words: Option<Vec<[u8; 4]>> = text
        .as_bytes()
        .chunks(8)
        .map(|word| u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok().map(u32::to_ne_bytes))
        .collect();
    let bytes = words?.concat();
    if let Ok(four) = <[u8; 4]>::try_from(bytes.as_slice()) {
        return Some(Ipv4Addr::from(four).into());
    }
    <[u8; 16]>::try_from(bytes.as_slice()).ok().map(|sixteen| Ipv6Addr::from(sixteen).into())
}

fn holds(id: u32, wanted: &str) -> bool {
    let open = fs::read_dir(Path::new(PROC).join(id.to_string()).join("fd")).into_iter().flatten().flatten();
    open.into_iter().any(|entry| fs::read_link(entry.path()).is_ok_and(|target| target.as_os_str() == wanted))
}

fn process(id: u32) -> Process {
    let name = fs::read_to_string(Path::new(PROC).join(id.to_string()).join("comm")).unwrap_or_default();
    Process { id, name: name.trim().to_owned() }
}

fn ids() -> Vec<u32> {
    let entries = fs::read_dir(PROC).into_iter().flatten().flatten();
    let mut ids: Vec<u32> = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    ids.sort_unstable();
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programs_file_is_the_one_it_was_given_or_would_find() {
        let folder = tempfile::tempdir().unwrap();
        let lies = folder.path().join("picket-node.yaml");
        let check = |arguments: &[&str], works_in: Option<&Path>, expected: Option<&Path>| {
            let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(file_of(&arguments, works_in, "picket-node").as_deref(), expected, "{arguments:?}");
        };
        let here = Some(folder.path());
        check(&["run", "/etc/a.yaml"], None, Some(Path::new("/etc/a.yaml")));
        check(&["run", "a.yaml"], here, Some(&folder.path().join("a.yaml")));
        check(&["run", "a.yaml"], None, None);
        check(&["run"], None, None);
        fs::write(&lies, "").unwrap();
        check(&["run"], here, Some(&lies));
    }
}
