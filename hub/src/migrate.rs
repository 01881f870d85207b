//! `picket-hub migrate`: from an imagehub.yaml to the configuration that does what imagehub did with it, as its program
//! was (`imagehub/tools/hub.py` at version 0.2.0).

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
pub use picket_common::config::migrate::Moved;
use picket_common::config::migrate::{Block, Move, Old, Report, left_over, time, whole, within};

use crate::config::{HubConfig, HubSection};

const MOVE: Move<HubConfig> = Move { program: "imagehub", new: "picket-hub", config };

const KEYS: [&str; 5] = ["queuemax", "patience", "data_directory", "max_images_write", "print_settings"];

/// Prints the configuration to `out`, and what has changed to standard error.
///
/// # Errors
/// The file cannot be read, or is no imagehub.yaml.
pub fn run(file: &Path, out: &mut impl Write) -> Result<()> {
    MOVE.run(file, out)
}

/// What becomes of the bytes of an imagehub.yaml; `name` is what messages call it.
///
/// # Errors
/// It is no imagehub.yaml.
pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Moved> {
    MOVE.bytes(name, bytes)
}

fn config(old: &Old, report: &mut Report) -> HubConfig {
    let mut config = HubConfig::default();
    take(old, &mut config, report);
    config
}

fn take(old: &Old, config: &mut HubConfig, report: &mut Report) {
    let HubConfig { hub, limits, .. } = config;
    // imagehub's own address, which no key could change.
    hub.listen = "tcp://*:5555".to_owned();
    let Some(mut file) = Block::of(old, "", report) else { return };
    if !is_imagehubs(&file, report) {
        return;
    }
    let section = file.take("hub").and_then(|old| Block::of(&old, "hub", report));
    left_over(file, &["hub"], "", report);
    let Some(mut section) = section else { return };
    report.remark("hub.listen", "as imagehub did, on every network of this machine; it is not encrypted");
    let [queue, patience, directory, most, print] = KEYS.map(|key| section.take(key));
    hub.data_directory = data_directory(directory.as_ref(), report);
    if let Some(old) = patience
        && let Some(minutes) = within(&old, (0.05, 525_600.0), "hub.patience", report)
    {
        hub.patience = time(minutes * 60.0);
        let text = "minutes as before, but of each node by itself; imagehub told only when all were silent";
        report.note(&old, "hub.patience", text);
    }
    if let Some(old) = queue {
        let text = "not needed: a message is on the disk before the node hears that it was taken";
        report.note(&old, "hub", text);
    }
    if let Some(old) = most
        && let Some(images) = whole(&old, (1.0, 1e9), "limits.images_per_day", report)
    {
        limits.images_per_day = Some(images as u64);
        let text = "of each node by itself, which is told what is refused; imagehub dropped what came above it, of all \
                    nodes together, and told nobody";
        report.note(&old, "limits.images_per_day", text);
    }
    if let Some(old) = print {
        report.note(&old, "hub", "not needed: `picket-hub check` prints all settings");
    }
    left_over(section, &KEYS, "hub", report);
}

/// A folder of its own beside imagehub's: two programs never write to one.
fn data_directory(old: Option<&Old>, report: &mut Report) -> PathBuf {
    let place = "hub.data_directory";
    report.keep(place);
    let Some(word) = old.and_then(Old::word).map(|word| word.trim_end_matches('/')).filter(|word| !word.is_empty())
    else {
        let text = "beside imagehub's folder; `picket-hub import ~/imagehub_data` takes over what is in it";
        match old {
            Some(old) => report.note(old, place, text),
            None => report.remark(place, text),
        }
        return HubSection::default().data_directory;
    };
    let plain = word.strip_prefix("~/").unwrap_or(word);
    let home = PathBuf::from("~");
    // An absolute path takes the place of the home directory, as in Python.
    let directory = home.join(plain);
    let beside = directory.parent().unwrap_or(&home).join("picket-data");
    if let Some(old) = old {
        let text = format!("beside imagehub's folder; `picket-hub import {}` takes over what is in it", typed(plain));
        report.note(old, place, &text);
    }
    beside
}

/// A path below the home directory, or an absolute one, as it is typed in a shell.
fn typed(path: &str) -> String {
    let home = if path.starts_with('/') { "" } else { "~/" };
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    if path.chars().all(is_plain) {
        format!("{home}{path}")
    } else {
        format!("{home}'{}'", path.replace('\'', r"'\''"))
    }
}

/// Whether it is an imagehub.yaml; if not, what it is instead is complained of.
fn is_imagehubs(file: &Block, report: &mut Report) -> bool {
    let hub = file.get("hub").map(Old::keys_below).unwrap_or_default();
    let has = |key: &str| hub.iter().any(|known| known == key);
    let wrong = if file.get("node").is_some() || file.get("hub_address").is_some() {
        Some("this is a node's file; try `picket-node migrate`")
    } else if file.get("librarian").is_some() || file.get("comm_channels").is_some() {
        Some("this is a librarian's file; Picket's answers need none: try `picket-hub ask`")
    } else if has("listen") || has("max_message") {
        Some("this is a Picket hub's configuration already; try `picket-hub check`")
    } else if has("connect") || file.get("cameras").is_some() {
        Some("this is a Picket node's configuration already; try `picket-node check`")
    } else {
        None
    };
    match (wrong, file.get("hub"), file.like("hub")) {
        (Some(wrong), ..) => report.refuse(file.at, "", wrong),
        (None, Some(_), _) => return true,
        (None, None, Some(at)) => report.refuse(at, "", "did you mean `hub:`? imagehub needs a section of this name"),
        (None, None, None) => {
            let message = "the section `hub:` is missing, without which imagehub stops; is this an imagehub.yaml?";
            report.refuse(file.at, "", message);
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_as_it_is_typed() {
        let check = |path: &str, expected: &str| assert_eq!(typed(path), expected);
        check("imagehub_data", "~/imagehub_data");
        check("/mnt/disk-1/data", "/mnt/disk-1/data");
        check("my data", "~/'my data'");
        check("/mnt/Jeff's", r"'/mnt/Jeff'\''s'");
    }
}
