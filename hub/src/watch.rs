//! Notices nodes that have fallen silent, and that they are back. Knows neither sockets nor files; whoever
//! asks says what time it is.

use std::collections::BTreeMap;
use std::time::Duration;

use picket_common::event::Phase;
use picket_common::wire::StreamId;

/// What such an event is about, and its states at the beginning and at the end.
pub const NODE: &str = "node";
/// Nothing comes from it.
pub const SILENT: &str = "silent";
/// Something has come again.
pub const BACK: &str = "back";

/// Something noticed about a node, to be journaled as an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The node.
    pub node: String,
    /// What it is about: `node`, or `name` (see [`crate::twins`]).
    pub what: &'static str,
    /// `silent` or `back`.
    pub state: &'static str,
    /// Start when it falls silent, end when it is back.
    pub phase: Phase,
    /// In words.
    pub reason: String,
    /// The event's id, the same at both ends.
    pub id: String,
}

/// When each node was last heard.
#[derive(Debug, Default)]
pub struct Watch {
    nodes: BTreeMap<String, Heard>,
}

#[derive(Debug)]
struct Heard {
    at: Duration,
    /// The id of the event that told of its silence.
    silent: Option<String>,
}

impl Watch {
    /// Watches `nodes`, known from earlier, from uptime `now` on; with the event of its silence for each that was
    /// silent when the hub stopped.
    pub fn new(nodes: impl IntoIterator<Item = (String, Option<String>)>, now: Duration) -> Watch {
        let nodes = nodes.into_iter().map(|(node, silent)| (node, Heard { at: now, silent })).collect();
        Watch { nodes }
    }

    /// How it was with a node when the hub stopped, as it was told last: the event of its silence, if it was silent.
    pub fn recover(&mut self, node: &str, silent: Option<String>, now: Duration) {
        self.nodes.insert(node.to_owned(), Heard { at: now, silent });
    }

    /// Something came from a node at uptime `now`.
    pub fn heard(&mut self, node: &str, now: Duration) -> Option<Notice> {
        let Some(heard) = self.nodes.get_mut(node) else {
            self.nodes.insert(node.to_owned(), Heard { at: now, silent: None });
            return None;
        };
        let silence = now.saturating_sub(heard.at);
        heard.at = now;
        let id = heard.silent.take()?;
        let reason = format!("heard again after {}", words(silence));
        Some(Notice { node: node.to_owned(), what: NODE, state: BACK, phase: Phase::End, reason, id })
    }

    /// Who has been silent for `patience` at uptime `now`; each is told once.
    pub fn check(&mut self, patience: Duration, now: Duration) -> Vec<Notice> {
        let silent = |heard: &Heard| heard.silent.is_none() && now.saturating_sub(heard.at) >= patience;
        let mut notices = Vec::new();
        for (node, heard) in self.nodes.iter_mut().filter(|(_, heard)| silent(heard)) {
            let id = StreamId::random().to_string();
            heard.silent = Some(id.clone());
            let reason = format!("no messages received for {}", words(patience));
            notices.push(Notice { node: node.clone(), what: NODE, state: SILENT, phase: Phase::Start, reason, id });
        }
        notices
    }
}

/// `10 minutes`, `45 seconds`.
fn words(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} seconds"),
        seconds @ 120..7200 => format!("{} minutes", seconds / 60),
        seconds => format!("{} hours", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_node_is_told_once_and_its_return_once() {
        let minute = |n: u64| Duration::from_secs(n * 60);
        let mut watch = Watch::new([("Known".to_owned(), None)], minute(0));
        assert_eq!(watch.heard("Barn", minute(5)), None);
        assert_eq!(watch.check(minute(10), minute(9)), []);
        let told: Vec<_> = watch.check(minute(10), minute(10)).into_iter().map(|notice| notice.node).collect();
        assert_eq!(told, ["Known"]);
        let told = watch.check(minute(10), minute(15));
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].node.as_str(), told[0].state, told[0].phase), ("Barn", "silent", Phase::Start));
        assert_eq!(watch.check(minute(10), minute(60)), []);
        let back = watch.heard("Barn", minute(65)).unwrap();
        assert_eq!((back.state, back.phase, &back.id), ("back", Phase::End, &told[0].id));
        assert_eq!(back.reason, "heard again after 60 minutes");
        assert_eq!(watch.heard("Barn", minute(66)), None);
    }
}
