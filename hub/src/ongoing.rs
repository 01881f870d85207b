//! What the hub itself notices and tells as an event: each such trouble is told once when it begins and once when it ends,
//! under one id, also where the hub was restarted between the two. Who notices it, and by what, is not known here.
//!
//! What goes on is read at the start from the index and from what the journal holds unshelved; so an end that was never
//! journaled is noticed again, and a beginning that was is not told twice.

use std::collections::BTreeMap;

use picket_common::event::Phase;
use picket_common::wire::StreamId;

/// What the hub notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// Nothing comes from a node.
    Silent,
    /// Two machines have one name.
    Twins,
    /// A camera gives no frames, and its node does not tell so itself.
    Stalled,
    /// A node's disk is nearly full.
    Disk,
    /// A node's supply gives too little.
    Power,
    /// A node is so hot that it slows down.
    Heat,
    /// A node has sent as many images as it may in one day.
    Limit,
    /// The hub's own disk is nearly full, or takes nothing any more.
    Storage,
}

/// How a trouble is told: what the event is about, the states at its beginning, the first one as a rule, and that at its end.
struct Words(&'static str, &'static [&'static str], &'static str);

impl Trouble {
    /// All that there are.
    pub const ALL: [Trouble; 8] = [
        Trouble::Silent,
        Trouble::Twins,
        Trouble::Stalled,
        Trouble::Disk,
        Trouble::Power,
        Trouble::Heat,
        Trouble::Limit,
        Trouble::Storage,
    ];

    const fn words(self) -> Words {
        match self {
            Trouble::Silent => Words("node", &["silent"], "back"),
            Trouble::Twins => Words("name", &["twice"], "once"),
            Trouble::Stalled => Words("camera", &["stalled"], "resumed"),
            Trouble::Disk => Words("disk", &["low"], "ok"),
            Trouble::Power => Words("power", &["low"], "ok"),
            Trouble::Heat => Words("heat", &["hot"], "ok"),
            Trouble::Limit => Words("limit", &["reached"], "over"),
            Trouble::Storage => Words("storage", &["low", "full", "failing"], "ok"),
        }
    }

    /// What such an event is about.
    pub const fn what(self) -> &'static str {
        self.words().0
    }

    /// The states with which it begins.
    pub const fn begins(self) -> &'static [&'static str] {
        self.words().1
    }

    /// The state with which it ends.
    pub const fn ends(self) -> &'static str {
        self.words().2
    }

    /// The trouble whose event is about `what` and has this state, and whether it begins with it.
    pub fn of(what: &str, state: &str) -> Option<(Trouble, bool)> {
        Trouble::ALL.into_iter().filter(|trouble| trouble.what() == what).find_map(|trouble| {
            let begins = trouble.begins().contains(&state);
            (begins || trouble.ends() == state).then_some((trouble, begins))
        })
    }
}

/// Something noticed about a node, or about the hub itself, to be journaled as an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The node.
    pub node: String,
    /// Its view, where it is about one.
    pub view: Option<String>,
    /// What it is about.
    pub what: &'static str,
    /// How it is now.
    pub state: &'static str,
    /// Start when the trouble begins, end when it ends.
    pub phase: Phase,
    /// In words.
    pub reason: String,
    /// The event's id, the same at both ends.
    pub id: String,
}

/// The troubles that go on, each with its event's id.
#[derive(Debug, Default)]
pub struct Ongoing(BTreeMap<Place, String>);

/// Whose trouble: the trouble, the node, and the view, which is empty where it is about none.
type Place = (Trouble, String, String);

impl Ongoing {
    /// How it was when the hub stopped, as it was told last: the event, if the trouble went on.
    pub fn recover(&mut self, trouble: Trouble, node: &str, view: &str, event: Option<String>) {
        match event {
            Some(id) => self.0.insert(place(trouble, node, view), id),
            None => self.0.remove(&place(trouble, node, view)),
        };
    }

    /// Whether it goes on.
    pub fn is(&self, trouble: Trouble, node: &str, view: &str) -> bool {
        self.0.contains_key(&place(trouble, node, view))
    }

    /// The nodes and views that have such a trouble.
    pub fn with(&self, trouble: Trouble) -> Vec<(String, String)> {
        let of = |(of, node, view): &Place| (*of == trouble).then(|| (node.clone(), view.clone()));
        self.0.keys().filter_map(of).collect()
    }

    /// It goes on from now, with the trouble's first state; told if it did not before.
    pub fn begin(&mut self, trouble: Trouble, node: &str, view: &str, reason: String) -> Option<Notice> {
        self.begin_as(trouble, 0, (node, view), reason)
    }

    /// The same, with another of the trouble's states, by its place among them.
    pub fn begin_as(
        &mut self,
        trouble: Trouble,
        state: usize,
        (node, view): (&str, &str),
        reason: String,
    ) -> Option<Notice> {
        if self.is(trouble, node, view) {
            return None;
        }
        let id = StreamId::random().to_string();
        self.0.insert(place(trouble, node, view), id.clone());
        let state = trouble.begins().get(state).copied().unwrap_or_default();
        Some(notice(trouble, (node, view), (state, Phase::Start), reason, id))
    }

    /// It is over; told if it went on.
    pub fn end(&mut self, trouble: Trouble, node: &str, view: &str, reason: String) -> Option<Notice> {
        let id = self.0.remove(&place(trouble, node, view))?;
        Some(notice(trouble, (node, view), (trouble.ends(), Phase::End), reason, id))
    }
}

fn place(trouble: Trouble, node: &str, view: &str) -> Place {
    (trouble, node.to_owned(), view.to_owned())
}

fn notice(
    trouble: Trouble,
    (node, view): (&str, &str),
    (state, phase): (&'static str, Phase),
    reason: String,
    id: String,
) -> Notice {
    let view = (!view.is_empty()).then(|| view.to_owned());
    Notice { node: node.to_owned(), view, what: trouble.what(), state, phase, reason, id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_is_told_once_when_it_begins_and_once_when_it_ends() {
        let mut ongoing = Ongoing::default();
        let why = || "why".to_owned();
        assert_eq!(ongoing.end(Trouble::Disk, "Barn", "", why()), None, "it never began");
        let begun = ongoing.begin(Trouble::Disk, "Barn", "", why()).unwrap();
        assert_eq!((begun.what, begun.state, begun.phase), ("disk", "low", Phase::Start));
        assert_eq!(ongoing.begin(Trouble::Disk, "Barn", "", why()), None, "it goes on");
        assert!(ongoing.begin(Trouble::Disk, "Shed", "", why()).is_some(), "another node's is another");
        assert!(ongoing.begin(Trouble::Heat, "Barn", "", why()).is_some(), "and so is another trouble");
        let ended = ongoing.end(Trouble::Disk, "Barn", "", why()).unwrap();
        assert_eq!((ended.state, ended.phase, &ended.id), ("ok", Phase::End, &begun.id));
        assert_eq!(ongoing.with(Trouble::Disk), [("Shed".to_owned(), String::new())]);
    }

    #[test]
    fn what_went_on_at_the_stop_ends_with_its_own_id() {
        let mut ongoing = Ongoing::default();
        ongoing.recover(Trouble::Stalled, "Barn", "Door", Some("e1".into()));
        assert_eq!(ongoing.begin(Trouble::Stalled, "Barn", "Door", String::new()), None);
        let ended = ongoing.end(Trouble::Stalled, "Barn", "Door", String::new()).unwrap();
        assert_eq!((ended.view.as_deref(), ended.id.as_str()), (Some("Door"), "e1"));
        ongoing.recover(Trouble::Stalled, "Barn", "Door", Some("e2".into()));
        ongoing.recover(Trouble::Stalled, "Barn", "Door", None);
        assert_eq!(ongoing.end(Trouble::Stalled, "Barn", "Door", String::new()), None);
    }

    #[test]
    fn what_is_told_is_known_again_by_its_words() {
        for trouble in Trouble::ALL {
            for state in trouble.begins() {
                assert_eq!(Trouble::of(trouble.what(), state), Some((trouble, true)));
            }
            assert_eq!(Trouble::of(trouble.what(), trouble.ends()), Some((trouble, false)));
        }
        assert_eq!(Trouble::of("camera", "lost"), None, "a node tells that itself");
        assert_eq!(Trouble::of("motion", "low"), None);
    }
}
