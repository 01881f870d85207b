//! How something that is no picture of a camera (an input, the clock, a command, another camera's detector) makes it
//! keep frames: it pulls its trigger, which leaves a mark at each camera that it is configured with, and each camera's
//! pipeline looks at its own marks whenever a frame comes. Knows no pins and no pixels.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use picket_common::event::Role;

use crate::config::TriggerConfig;

/// So many marks wait for a camera's next frame. A camera may be away for days while a button is pressed.
const MOST_WAITING: usize = 1000;

/// What is left at a camera.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Whose it is: which of the camera's pullers, counted from 0.
    pub puller: usize,
    /// The event that the frames belong to.
    pub event: String,
    /// Whether it begins or ends.
    pub edge: Edge,
    /// The machine's uptime then.
    pub mono: Duration,
}

/// Whether something begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// It begins.
    Start,
    /// It is over.
    End,
}

/// Who may leave marks at a camera.
#[derive(Debug, Clone, PartialEq)]
pub struct Puller {
    /// A sensor's name, a detector's as `view/detector`.
    pub name: String,
    /// Which frames are kept, and after how long.
    pub config: TriggerConfig,
    /// What its trigger frame is called.
    pub role: Role,
}

/// The marks of all cameras, by view. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Triggers(BTreeMap<String, Marks>);

impl Triggers {
    /// Of cameras with these views, without a mark. A node's only camera may have the view "".
    pub fn new<'a>(views: impl IntoIterator<Item = &'a str>) -> Triggers {
        Triggers(views.into_iter().map(|view| (view.to_owned(), Marks::default())).collect())
    }

    /// The marks of one camera; those of an unknown one stay empty.
    pub fn marks(&self, view: &str) -> Marks {
        self.0.get(view).cloned().unwrap_or_default()
    }

    /// Makes a trigger for the cameras that `config` names; `name` is who pulls it. To be called before the cameras
    /// run: they remember frames from before its first mark only from then on.
    pub fn trigger(&self, name: &str, config: &TriggerConfig) -> Trigger {
        self.trigger_as(Role::Trigger, name, config)
    }

    /// The same, where the trigger frame is to be called something else.
    pub fn trigger_as(&self, role: Role, name: &str, config: &TriggerConfig) -> Trigger {
        let puller = Arc::new(Puller { name: name.to_owned(), config: config.clone(), role });
        let named = self.0.iter().filter(|(view, _)| config.names(view));
        Trigger(named.map(|(_, marks)| (marks.clone(), marks.expect(&puller))).collect())
    }
}

/// What one sensor pulls.
#[derive(Debug, Clone, Default)]
pub struct Trigger(Vec<(Marks, usize)>);

impl Trigger {
    /// Tells the cameras that `event` begins or ends, at the machine's uptime `mono`. Never waits; a camera that is gone
    /// hears nothing.
    pub fn pull(&self, event: &str, edge: Edge, mono: Duration) {
        for (marks, puller) in &self.0 {
            marks.add(Mark { puller: *puller, event: event.to_owned(), edge, mono });
        }
    }

    /// Tells the cameras of an `event` that is over at once, such as a time of day.
    pub fn pull_at_once(&self, event: &str, mono: Duration) {
        self.pull(event, Edge::Start, mono);
        self.pull(event, Edge::End, mono);
    }
}

/// What was left at one camera. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Marks(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    pullers: Vec<Arc<Puller>>,
    marks: VecDeque<Mark>,
}

impl Marks {
    /// Who may leave marks here, beginning with number `from`.
    pub fn pullers(&self, from: usize) -> Vec<Arc<Puller>> {
        self.lock().pullers.iter().skip(from).cloned().collect()
    }

    /// Takes the oldest mark that was made at `mono` or before: a frame from before a mark is not its trigger frame.
    pub fn take(&self, mono: Duration) -> Option<Mark> {
        let mut waiting = self.lock();
        let place = waiting.marks.iter().position(|mark| mark.mono <= mono)?;
        waiting.marks.remove(place)
    }

    fn expect(&self, puller: &Arc<Puller>) -> usize {
        let mut waiting = self.lock();
        waiting.pullers.push(puller.clone());
        waiting.pullers.len() - 1
    }

    /// Where too many wait the oldest goes: what has become of the last event is better known than how the first began.
    fn add(&self, mark: Mark) {
        let mut waiting = self.lock();
        if waiting.marks.len() == MOST_WAITING {
            waiting.marks.pop_front();
        }
        waiting.marks.push_back(mark);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(views: &[&str]) -> TriggerConfig {
        TriggerConfig { cameras: Some(views.iter().map(|view| (*view).to_owned()).collect()), ..Default::default() }
    }

    fn taken(marks: &Marks, mono: u64) -> Vec<String> {
        let mark = || marks.take(Duration::from_secs(mono)).map(|mark| format!("{} {}", mark.puller, mark.event));
        std::iter::from_fn(mark).collect()
    }

    #[test]
    fn a_pull_is_a_mark_at_each_camera_that_is_named_and_at_all_where_none_is() {
        let triggers = Triggers::new(["Door", "Yard"]);
        let [door, yard] = ["Door", "Yard"].map(|view| triggers.marks(view));
        let all = TriggerConfig { cameras: None, ..TriggerConfig::default() };
        for (config, event) in [(named(&["Yard", "Yard"]), "a"), (all, "b"), (named(&[]), "c")] {
            triggers.trigger(event, &config).pull(event, Edge::Start, Duration::ZERO);
        }
        assert_eq!((taken(&door, 0), taken(&yard, 0)), (vec!["0 b".into()], vec!["0 a".into(), "1 b".into()]));
        assert_eq!((door.pullers(0).len(), yard.pullers(0).len(), yard.pullers(1).len()), (1, 2, 1));
    }

    #[test]
    fn a_mark_waits_for_a_frame_that_is_not_from_before_it() {
        let triggers = Triggers::new([""]);
        let door = triggers.marks("");
        let trigger = triggers.trigger("pir", &TriggerConfig { cameras: None, ..TriggerConfig::default() });
        for (event, mono) in [("a", 3), ("b", 1), ("c", 4)] {
            trigger.pull(event, Edge::Start, Duration::from_secs(mono));
        }
        assert_eq!(taken(&door, 0), Vec::<String>::new());
        assert_eq!(taken(&door, 3), ["0 a", "0 b"]);
        assert_eq!(taken(&door, 9), ["0 c"]);
    }

    #[test]
    fn a_camera_that_never_looks_takes_no_memory_and_learns_the_latest() {
        let triggers = Triggers::new(["Door"]);
        let door = triggers.marks("Door");
        let trigger = triggers.trigger("pir", &named(&["Door"]));
        (0..5000).for_each(|number| trigger.pull(&number.to_string(), Edge::End, Duration::ZERO));
        let taken = taken(&door, 0);
        assert_eq!((taken.len(), taken.last().map(String::as_str)), (MOST_WAITING, Some("0 4999")));
    }
}
