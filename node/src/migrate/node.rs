//! The section `node:`.

use picket_common::config::migrate::{Block, Old, Plain, Report, left_over, named, time, whole, within};

use crate::config::NodeConfig;

/// How many messages imagenode held where nothing was said.
pub(super) const QUEUE: f64 = 50.0;

const KEYS: [&str; 9] = [
    "name",
    "print_settings",
    "patience",
    "queuemax",
    "heartbeat",
    "stall_watcher",
    "REP_watcher",
    "send_threading",
    "send_type",
];

/// Takes the section over. Gives `queuemax`, which bounds what an event sends.
pub(super) fn take(old: &Old, config: &mut NodeConfig, report: &mut Report) -> Option<f64> {
    let mut node = Block::of(old, "node", report)?;
    let [name, print, patience, queue, heartbeat, stall, rep, threading, send_type] = KEYS.map(|key| node.take(key));
    match name.as_ref().and_then(|name| Some((name, named(name, "node.name", report)?))) {
        Some((_, name)) => config.node.name = Some(name),
        None => match node.like("name").filter(|_| name.is_none()) {
            Some(at) => report.refuse(at, &node.path, "did you mean `name:`? a node needs one"),
            None => {
                let at = name.as_ref().map_or(node.at, |name| name.at);
                report.refuse(
                    at,
                    "node.name",
                    "the node has no name, without which imagenode stops; write `name: Barn`",
                );
            }
        },
    }
    if let Some(heartbeat) = heartbeat {
        take_heartbeat(&heartbeat, config, report);
    }
    let watched = rep.as_ref().is_none_or(Old::is_true);
    if let Some(patience) = patience {
        take_patience(&patience, watched, config, report);
    }
    if let Some(rep) = rep {
        let text = "not needed: Picket does not end itself when a reply is missing, it connects anew and loses nothing";
        report.note(&rep, "hub", text);
    }
    if let Some(stall) = stall {
        report.note(&stall, "node", "not needed: systemd's watchdog starts a node again that hangs");
    }
    if let Some(threading) = threading {
        report.note(&threading, "node", "not needed: a camera never waits for the network");
    }
    let queue = queue.and_then(|queue| take_queue(&queue, report));
    if let Some(send_type) = send_type {
        take_send_type(&send_type, report);
    }
    if let Some(print) = print {
        report.note(&print, "node", "not needed: `picket-node check` prints all settings");
    }
    left_over(node, &KEYS, "node", report);
    queue
}

fn take_heartbeat(old: &Old, config: &mut NodeConfig, report: &mut Report) {
    let place = "node.heartbeat";
    if !old.is_true() {
        return report.note(old, "node", "a Picket node always gives signs of life, by default every 10s");
    }
    let Some(seconds) = within(old, (1.0, 86_400.0), place, report) else { return };
    config.node.heartbeat = time(seconds);
    let text = format!("imagenode took this for seconds; for minutes, as in its documentation, write {seconds}m");
    report.note(old, place, &text);
}

fn take_patience(old: &Old, watched: bool, config: &mut NodeConfig, report: &mut Report) {
    if !watched {
        return report.note(old, "hub", "it had no effect on replies with `REP_watcher` off; Picket waits 10s for one");
    }
    if let Some(seconds) = within(old, (1.0, 86_400.0), "hub.timeout", report) {
        config.hub.timeout = Some(time(seconds));
        let text = "imagenode ended itself after so long without a reply; Picket connects anew, and loses nothing";
        report.note(old, "hub.timeout", text);
    }
}

fn take_queue(old: &Old, report: &mut Report) -> Option<f64> {
    // It has no place of its own in the new file; what `send_count` makes of it has.
    let queue = whole(old, (0.0, 1e6), "node.queuemax", report)?;
    let text = "in its place `spool: {max_size: 1GiB}` on the card: when it is full, frames go first and events last, and the hub hears \
                of it";
    report.note(old, "node", text);
    Some(queue)
}

fn take_send_type(old: &Old, report: &mut Report) {
    let text = match old.value() {
        Plain::Text(text) if text == "jpg" => "frames go to a Picket hub as JPEG, with no other choice".to_owned(),
        Plain::Text(text) if text == "image" => {
            "frames went out as raw pixels, which imagehub threw away without a word; now they go as JPEG".to_owned()
        }
        _ => format!("imagenode took `{}` for jpg; frames go to a Picket hub as JPEG", old.shown()),
    };
    report.note(old, "node", &text);
}
