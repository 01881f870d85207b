//! Notices nodes that have fallen silent, and that they are back. Knows neither sockets nor files; whoever
//! asks says what time it is.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::ongoing::{Notice, Ongoing, Trouble};

/// When each node was last heard.
#[derive(Debug, Default)]
pub struct Watch {
    nodes: BTreeMap<String, Heard>,
}

#[derive(Debug)]
struct Heard {
    at: Duration,
    /// It said last that it stops.
    stopped: bool,
}

impl Watch {
    /// Watches `nodes`, known from earlier, from uptime `now` on.
    pub fn new(nodes: impl IntoIterator<Item = String>, now: Duration) -> Watch {
        let mut watch = Watch::default();
        nodes.into_iter().for_each(|node| watch.recover(node, now));
        watch
    }

    /// A node was known when the hub stopped.
    pub fn recover(&mut self, node: String, now: Duration) {
        self.nodes.insert(node, Heard { at: now, stopped: false });
    }

    /// Whether anything ever came from it.
    pub fn knows(&self, node: &str) -> bool {
        self.nodes.contains_key(node)
    }

    /// How many nodes are watched.
    pub fn count(&self) -> usize {
        self.nodes.len()
    }

    /// Something came from a node at uptime `now`.
    pub fn heard(&mut self, node: &str, now: Duration, ongoing: &mut Ongoing) -> Option<Notice> {
        let Some(heard) = self.nodes.get_mut(node) else {
            self.recover(node.to_owned(), now);
            return None;
        };
        let silence = now.saturating_sub(heard.at);
        *heard = Heard { at: now, stopped: false };
        ongoing.end(Trouble::Silent, node, "", format!("heard again after {}", words(silence)))
    }

    /// A node has just said that it stops: whether it comes back is watched all the same, since a machine that restarts
    /// says so too.
    pub fn stopped(&mut self, node: &str) {
        if let Some(heard) = self.nodes.get_mut(node) {
            heard.stopped = true;
        }
    }

    /// Who has been silent for `patience` at uptime `now`; each is told once.
    pub fn check(&self, patience: Duration, now: Duration, ongoing: &mut Ongoing) -> Vec<Notice> {
        let silent = self.nodes.iter().filter(|(_, heard)| patience <= now.saturating_sub(heard.at));
        let tell = |(node, heard): (&String, &Heard)| {
            let farewell = if heard.stopped { "; it had said that it stops" } else { "" };
            let reason = format!("no messages received for {}{farewell}", words(patience));
            ongoing.begin(Trouble::Silent, node, "", reason)
        };
        silent.filter_map(tell).collect()
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
    use picket_common::event::Phase;

    use super::*;

    #[test]
    fn a_silent_node_is_told_once_and_its_return_once() {
        let minute = |n: u64| Duration::from_secs(n * 60);
        let ongoing = &mut Ongoing::default();
        let mut watch = Watch::new(["Known".to_owned()], minute(0));
        assert_eq!(watch.heard("Barn", minute(5), ongoing), None);
        assert_eq!(watch.check(minute(10), minute(9), ongoing), []);
        let told: Vec<_> = watch.check(minute(10), minute(10), ongoing).into_iter().map(|notice| notice.node).collect();
        assert_eq!(told, ["Known"]);
        let told = watch.check(minute(10), minute(15), ongoing);
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].node.as_str(), told[0].state, told[0].phase), ("Barn", "silent", Phase::Start));
        assert_eq!(watch.check(minute(10), minute(60), ongoing), []);
        let back = watch.heard("Barn", minute(65), ongoing).unwrap();
        assert_eq!((back.state, back.phase, &back.id), ("back", Phase::End, &told[0].id));
        assert_eq!(back.reason, "heard again after 60 minutes");
        assert_eq!(watch.heard("Barn", minute(66), ongoing), None);
    }

    #[test]
    fn a_node_that_said_farewell_and_does_not_come_back_is_told_with_that() {
        let (second, ongoing) = (Duration::from_secs, &mut Ongoing::default());
        let mut watch = Watch::default();
        watch.heard("Barn", second(0), ongoing);
        watch.stopped("Barn");
        let told = watch.check(second(60), second(60), ongoing);
        assert_eq!(told[0].reason, "no messages received for 60 seconds; it had said that it stops");
    }
}
