//! From a message to the entry that is journaled for it, or to the reason why there is none. Old senders'
//! texts and Picket's keys meet here and are the same from here on. Knows no journal and no marks.

use jiff::tz::TimeZone;
use picket_common::event::{self, EventData, Kind};
use picket_common::name;
use picket_common::time::{ClockState, Timestamp};
use picket_common::wire::Header;
use serde_json::Value;

use super::names::Names;
use super::stamp::{Receipt, Stamp, Ticks, stamp};
use crate::entry::Entry;
use crate::ongoing::Notice;

/// What to do with a message.
#[derive(Debug, PartialEq)]
pub(super) enum Decision {
    /// Journal this.
    Store(Box<Entry>),
    /// A sign of life.
    Heartbeat {
        /// The node.
        node: String,
    },
    /// A test image, or another live picture: answered, shown and not stored.
    Live,
}

/// Decides about a message.
pub(super) fn decide(
    header: &Header,
    body: &[u8],
    receipt: &Receipt,
    ticks: &mut Ticks,
    zone: &TimeZone,
    names: &mut Names,
) -> Decision {
    let now = receipt.at;
    let said = match &header.keys {
        Some(keys) => Said {
            node: name::clean(&keys.node),
            view: keys.view.as_deref().map(name::clean),
            kind: keys.kind,
            stamp: stamp(keys, receipt, ticks),
            data: keys.data.clone(),
        },
        None => match read_text(&header.msg, now) {
            Some(said) => said,
            None => return Decision::Live,
        },
    };
    if said.kind == Kind::Health {
        return Decision::Heartbeat { node: said.node };
    }
    if said.kind == Kind::Live {
        return Decision::Live;
    }
    let Stamp { at, was, doubtful } = said.stamp;
    let file = (said.kind == Kind::Image).then(|| names.choose(&said.node, said.view.as_deref(), at));
    let keys = header.keys.as_ref();
    // What a time was made of is kept where the clock was not right by itself.
    let mended = keys.filter(|keys| was.is_some() || doubtful || keys.clock == Some(ClockState::Unsynced));
    let old_image = file.is_some() && keys.is_none_or(|keys| keys.number.is_none());
    Decision::Store(Box::new(Entry {
        at,
        at_offset: zone.to_offset(at).seconds(),
        was,
        doubtful,
        boot: mended.and_then(|keys| keys.boot.clone()),
        mono_ns: mended.and_then(|keys| keys.mono_ns),
        clock: keys.and_then(|keys| keys.clock),
        stream: keys.and_then(|keys| keys.number).map(|number| number.stream),
        seq: keys.and_then(|keys| keys.number).map(|number| number.seq),
        event: keys.and_then(|keys| keys.event.clone()),
        data: said.data,
        raw: file.as_ref().and(header.raw),
        digest: old_image.then(|| blake3::hash(body).to_hex().to_string()),
        file,
        ..Entry::new(said.kind, (said.node, said.view), header.msg.clone(), now, zone)
    }))
}

/// What an old sender's event with this text, received `at`, is journaled as. None for what is no event: an image's
/// text, a sign of life, a text without fields.
pub(crate) fn old_event(msg: &str, at: Timestamp, zone: &TimeZone) -> Option<Entry> {
    let said = read_text(msg, at)?;
    let is_event = !matches!(said.kind, Kind::Image | Kind::Health);
    let entry = || Entry::new(said.kind, (said.node, said.view), msg.to_owned(), at, zone);
    is_event.then(|| Entry { data: said.data, ..entry() })
}

struct Said {
    node: String,
    view: Option<String>,
    kind: Kind,
    stamp: Stamp,
    data: Value,
}

/// imagenode's text forms. imagehub tells them apart by a first letter; here the whole word counts.
fn read_text(msg: &str, now: Timestamp) -> Option<Said> {
    let mut fields = msg.split('|');
    let (node, view) = name::split(fields.next()?);
    let what = fields.next()?.trim();
    let value = fields.next().unwrap_or("").trim();
    let (kind, data) = match what {
        "jpg" | "image" => (Kind::Image, Value::Null),
        "Heartbeat" => (Kind::Health, Value::Null),
        _ => match event::parse_reading(what, value) {
            Some(reading) => (Kind::Reading, event::to_value(&reading)),
            None => (Kind::Event, Value::Null),
        },
    };
    Some(Said { node, view, kind, stamp: Stamp { at: now, was: None, doubtful: false }, data })
}

/// The entry of something that the hub itself has to say of a node.
pub(super) fn own_event(notice: &Notice, now: Timestamp, zone: &TimeZone) -> Entry {
    let Notice { node, view, what, state, phase, reason, id } = notice;
    let subject = view.as_ref().map_or_else(|| node.clone(), |view| format!("{node} {view}"));
    let data = EventData { reason: Some(reason.clone()), ..EventData::new(*phase, what, state) };
    Entry {
        event: Some(id.clone()),
        data: event::to_value(&data),
        ..Entry::new(Kind::Event, (node.clone(), view.clone()), format!("{subject}|{what}|{state}"), now, zone)
    }
}
