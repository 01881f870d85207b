//! Whether a file is an imagenode.yaml, and what it is otherwise.

use picket_common::config::migrate::{Block, Report};

/// Whether it is one; if not, what it is instead is complained of.
pub(super) fn is_imagenodes(file: &Block, report: &mut Report) -> bool {
    let missing: Vec<&str> = ["node", "hub_address"].into_iter().filter(|key| file.get(key).is_none()).collect();
    if missing.is_empty() {
        return true;
    }
    if let Some(other) = other(file) {
        report.refuse(file.at, "", other);
        return false;
    }
    for key in missing {
        match file.like(key) {
            Some(at) => {
                report.refuse(at, "", &format!("did you mean `{key}:`? imagenode needs a section of this name"))
            }
            None => {
                let message = format!(
                    "the section `{key}:` is missing, without which imagenode stops; is this an imagenode.yaml?"
                );
                report.refuse(file.at, "", &message);
            }
        }
    }
    false
}

/// What people have besides.
fn other(file: &Block) -> Option<&'static str> {
    let below = |section: &str| file.get(section).map(|old| old.keys_below()).unwrap_or_default();
    let hub = below("hub");
    let has = |key: &str| hub.iter().any(|known| known == key);
    let listed = |section: &str| file.get(section).is_some_and(|old| old.items().is_some());
    if file.get("librarian").is_some() || file.get("comm_channels").is_some() {
        return Some("this is a librarian's file; Picket's answers need none: try `picket-hub ask`");
    }
    if has("listen") {
        return Some("this is a Picket hub's configuration already; try `picket-hub check`");
    }
    if has("connect") || file.get("spool").is_some() || listed("cameras") || listed("sensors") || listed("lights") {
        return Some("this is a Picket node's configuration already; try `picket-node check`");
    }
    if file.get("hub").is_some() && file.get("node").is_none() {
        return Some("this is an imagehub.yaml; try `picket-hub migrate`");
    }
    None
}
