//! What an entry means for the index: imagenode's texts and Picket's `data` read into one form. Pure.
//!
//! In a text such as `Node View|motion|moving|road`, field 1 is what it is about, field 2 the state or
//! value, and field 3, beside a state, the detector's name.

use picket_common::event::{
    Also, COMMAND, Earlier, EventData, FRAMES, Kind, Phase, ReadingData, UNKNOWN, parse_reading,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::entry::Entry;
use crate::ongoing::Trouble;

/// States that open a happening, when a sender does not say so itself.
pub(crate) const ACTIVE: [&str; 5] = ["moving", "lighted", "active", "on", "open"];

/// States that end one, each in the place of what it ends.
pub(crate) const IDLE: [&str; 5] = ["still", "dark", "inactive", "off", "closed"];

/// What is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// A frame was kept.
    Image(Frame),
    /// Something happened.
    Event(Change),
    /// A sensor was read.
    Reading(ReadingData),
    /// How the node is.
    Health(Value),
}

/// What is known of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frame {
    /// Why it was kept.
    pub role: Option<String>,
    /// Pixels.
    pub width: Option<i64>,
    /// Pixels.
    pub height: Option<i64>,
    /// The events that it belongs to beside the one under which it was sent.
    pub also: Vec<Also>,
}

/// Where in a happening's life a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It begins.
    Start,
    /// It goes on.
    Update,
    /// It is over.
    End,
    /// It has no duration.
    Point,
}

/// What is known of a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Where in a happening's life.
    pub step: Step,
    /// `motion`, `light`, `Restart`, ...
    pub what: String,
    /// `moving`, `still`, ...; empty where there is none.
    pub state: String,
    /// The detector's name; empty where there is none.
    pub detector: String,
    /// 0 to 1.
    pub score: Option<f64>,
    /// `[x, y, width, height]` in pixels.
    pub boxes: Vec<[u32; 4]>,
    /// As in [`EventData`].
    pub grid: Option<String>,
    /// Why, in words.
    pub reason: Option<String>,
    /// Frames of the event that were sent before, under another one.
    pub earlier: Vec<Earlier>,
}

impl Change {
    /// Whether this says only which frames belong to the event: a camera says so of an event that is not its own.
    pub fn is_of_frames(&self) -> bool {
        self.what == FRAMES && self.step == Step::Update
    }

    /// Whether the node says that it has just started.
    pub fn is_restart(&self) -> bool {
        let node = self.what == "node" && matches!(self.state.as_str(), "restart" | "restarted");
        node || self.what.eq_ignore_ascii_case("restart")
    }

    /// Whether it tells how things are from now on. That a time has come, or what became of a command, does not.
    pub fn is_state(&self) -> bool {
        !self.state.is_empty() && self.what != "clock" && self.what != COMMAND
    }

    /// The trouble of which the hub itself tells so, and whether it begins.
    pub fn trouble(&self) -> Option<(Trouble, bool)> {
        Trouble::of(&self.what, &self.state)
    }

    /// Whether this is the hub's own word of a node from which nothing need have come: that it does not hear it, how
    /// many machines have its name, how full its own disk is.
    pub fn is_hubs_own(&self) -> bool {
        self.trouble().is_some_and(|trouble| trouble != (Trouble::Silent, false))
    }
}

/// What `entry` means.
pub fn read(entry: &Entry) -> Fact {
    match entry.kind {
        Kind::Image => Fact::Image(frame(entry)),
        Kind::Health => Fact::Health(entry.data.clone()),
        Kind::Reading => match serde_json::from_value(entry.data.clone()) {
            Ok(reading) => Fact::Reading(reading),
            Err(_) => text(entry),
        },
        Kind::Event => match serde_json::from_value(entry.data.clone()) {
            Ok(data) => Fact::Event(change(data, entry.event.is_some())),
            Err(_) => text(entry),
        },
        Kind::Report => {
            let what = entry.msg.split('|').nth(1).map_or("report", str::trim);
            Fact::Event(point(what, ""))
        }
        Kind::Other if entry.is_imagehubs_own() => Fact::Event(point("message", "")),
        Kind::Hello | Kind::Live | Kind::Other => text(entry),
    }
}

fn frame(entry: &Entry) -> Frame {
    let number = |key: &str| entry.data.get(key).and_then(Value::as_i64);
    let role = entry.data.get("role").and_then(Value::as_str).map(str::to_owned);
    let also = list(entry.data.get("also"));
    match entry.raw {
        Some(raw) => Frame { role, width: Some(raw.width.into()), height: Some(raw.height.into()), also },
        None => Frame { role, width: number("width"), height: number("height"), also },
    }
}

/// What is understood of a list; a newer node may say more.
fn list<T: DeserializeOwned>(value: Option<&Value>) -> Vec<T> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| T::deserialize(item).ok()).collect()
}

fn change(data: EventData, has_id: bool) -> Change {
    let EventData { phase, what, state, detector, score, boxes, grid, reason, earlier } = data;
    let step = match phase {
        Phase::Start => Step::Start,
        Phase::End => Step::End,
        Phase::Update if has_id => Step::Update,
        // A state is reported, and nothing has happened.
        Phase::Update => Step::Point,
    };
    Change { step, what, state, detector: detector.unwrap_or_default(), score, boxes, grid, reason, earlier }
}

fn text(entry: &Entry) -> Fact {
    let mut fields = entry.msg.split('|').skip(1).map(str::trim);
    let (what, state, detector) = (fields.next(), fields.next().unwrap_or(""), fields.next().unwrap_or(""));
    let what = what.filter(|what| !what.is_empty()).unwrap_or("message");
    if let Some(reading) = parse_reading(what, state) {
        return Fact::Reading(reading);
    }
    let named = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(state));
    let step = match (named(&ACTIVE), named(&IDLE) || named(&[UNKNOWN])) {
        (true, _) => Step::Start,
        (_, true) => Step::End,
        _ if what.eq_ignore_ascii_case("restart") => return Fact::Event(point(what, "")),
        _ => return Fact::Event(point(what, state)),
    };
    Fact::Event(Change { step, detector: detector.to_owned(), ..point(what, state) })
}

fn point(what: &str, state: &str) -> Change {
    Change {
        step: Step::Point,
        what: what.to_owned(),
        state: state.to_owned(),
        detector: String::new(),
        score: None,
        boxes: Vec::new(),
        grid: None,
        reason: None,
        earlier: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
