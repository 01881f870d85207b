//! What waits on the disk for the hub, and since when: the sign that something on the way does not work, or did not.

use std::path::Path;

use picket_common::bytes::Bytes;
use picket_common::doctor::Finding;
use picket_common::doctor::process::Process;
use picket_common::time::Timestamp;

use crate::config::NodeConfig;
use crate::spool::look::{self, Found};

const CHECK: &str = "spool";
/// What is younger may just be on its way.
const YOUNG_S: i64 = 60;
/// From this share of its size on it is as good as full.
const NEARLY_FULL: f64 = 0.9;

/// Looks into the node's spool; `running` is its process.
pub(super) fn look(config: &NodeConfig, running: Option<&Process>, now: Timestamp) -> Finding {
    let Some(folder) = look::place(config) else {
        let advice = "write `spool: {directory: ...}`: without it, what waits for the hub is lost with the power";
        return Finding::warning(CHECK, "what waits for the hub is in memory alone", advice);
    };
    if matches!(folder.try_exists(), Ok(false)) {
        return Finding::ok(CHECK, format!("nothing waits; {} is made when the node first runs", folder.display()));
    }
    match Found::at(&folder) {
        Ok(found) => judge(&folder, &found, config.spool.max_size().0, running, now),
        Err(error) => Finding::not_checked(CHECK, format!("{error:#}")),
    }
}

fn judge(folder: &Path, found: &Found, max: u64, running: Option<&Process>, now: Timestamp) -> Finding {
    let (place, all) = (folder.display(), found.all());
    if let (Some(at_work), Some(running)) = (&found.at_work, running)
        && *at_work != running.id.to_string()
    {
        let told = format!("process {at_work} has {place} open, which is not this node ({running})");
        return Finding::wrong(CHECK, told, "give each node of this machine a `spool: {directory: ...}` of its own");
    }
    if found.damaged > 0 {
        let told = format!("places that are damaged: {}; {all} in {place}", found.damaged);
        return Finding::warning(CHECK, told, "`picket-node spool check` names them; is the card in order? (`dmesg`)");
    }
    let is_old = all.oldest.is_none_or(|oldest| now.duration_since(oldest).as_secs() >= YOUNG_S);
    if all.messages == 0 || !is_old {
        return Finding::ok(CHECK, format!("{all} in {place}"));
    }
    let full = match found.held as f64 >= max as f64 * NEARLY_FULL {
        true => {
            format!("; it is nearly full ({} of {}), and the least valuable go first", Bytes(found.held), Bytes(max))
        }
        false => String::new(),
    };
    let advice = match running {
        Some(_) => "they are sent when the hub answers: what keeps it from that is below",
        None => {
            "they are sent when the node runs and its hub answers; if that hub is gone for good, `picket-node spool dump \
             --images FOLDER` gives them as files"
        }
    };
    Finding::warning(CHECK, format!("{all} in {place}{full}"), advice)
}
