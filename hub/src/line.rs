//! What the lines of the text files say. Knows no file.

pub mod amendment;
mod check;
mod recorded;

use jiff::civil::Date;
use picket_common::event::{Kind, Phase};
use picket_common::time::{ClockState, Timestamp};
use picket_common::wire::{RawShape, StreamId};
use serde::Serialize;
use serde_json::Value;

pub use self::recorded::{Line, Recorded, read};
use crate::entry::{Entry, Import};

/// What became of an image: the file as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Bytes.
    pub size: u64,
    /// BLAKE3, in hexadecimal.
    pub checksum: String,
}

/// The log's line for `entry`, as imagehub writes it: `2026-11-20 12:34:56,789 ~ Node View|motion|moving`.
/// None for what imagehub does not log either, images and signs of life, and for the updates of an event
/// that goes on: its start and its end have a line each.
pub fn log_line(entry: &Entry) -> Option<String> {
    let time = entry.local_at().strftime("%Y-%m-%d %H:%M:%S");
    let thousandths = entry.local_at().millisecond();
    is_logged(entry.kind, entry.event.is_some(), &entry.data)
        .then(|| format!("{time},{thousandths:03} ~ {}", one_line(&entry.msg)))
}

/// Whether such an entry has a line in the log.
pub(crate) fn is_logged(kind: Kind, has_id: bool, data: &Value) -> bool {
    let update = has_id && data.get("phase").is_some_and(|phase| *phase == word(Phase::Update));
    let silent = matches!(kind, Kind::Image | Kind::Live | Kind::Hello | Kind::Health);
    !update && !silent
}

fn word(phase: Phase) -> Value {
    picket_common::event::to_value(&phase)
}

/// `text` on one line: what would end the line, move the cursor or change its colour is written as an
/// escape such as `\n` or `\u{1b}`.
pub fn one_line(text: &str) -> String {
    let odd = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if odd(c) { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line
}

/// The beginning of `text` on one line, at most so many characters of it.
pub fn clip(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", one_line(text.get(..end).unwrap_or_default())),
        None => one_line(text),
    }
}

/// The line in `records/` for what was stored as journal record `number`, while `imagehub.log` was `log_day`'s. All that the
/// index knows of it is in the line: [`read`] makes the same entry of it again.
pub fn record_line(number: u64, entry: &Entry, stored: Option<&Stored>, log_day: Option<Date>) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        number: u64,
        node: &'a str,
        view: Option<&'a str>,
        stream: Option<StreamId>,
        seq: Option<u64>,
        at: Timestamp,
        received: Timestamp,
        at_offset: i32,
        received_offset: i32,
        #[serde(skip_serializing_if = "Option::is_none")]
        was: Option<Timestamp>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        doubtful: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        boot: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        mono_ns: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        clock: Option<ClockState>,
        kind: Kind,
        event: Option<&'a str>,
        msg: &'a str,
        #[serde(skip_serializing_if = "Value::is_null")]
        data: &'a Value,
        #[serde(skip_serializing_if = "Option::is_none")]
        file: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        size: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        checksum: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        raw: Option<RawShape>,
        #[serde(skip_serializing_if = "Option::is_none")]
        digest: Option<&'a str>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        imported: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        import: Option<Import>,
        /// Only where it is not the day on which this was received.
        #[serde(skip_serializing_if = "Option::is_none")]
        log_day: Option<Date>,
    }
    // Where an image was taken from says nothing of what it is now.
    let import = entry.import.clone().map(|import| Import { origin: None, ..import });
    json(&Line {
        number,
        node: &entry.node,
        view: entry.view.as_deref(),
        stream: entry.stream,
        seq: entry.seq,
        at: entry.at,
        received: entry.received,
        at_offset: entry.at_offset,
        received_offset: entry.received_offset,
        was: entry.was,
        doubtful: entry.doubtful,
        boot: entry.boot.as_deref(),
        mono_ns: entry.mono_ns,
        clock: entry.clock,
        kind: entry.kind,
        event: entry.event.as_deref(),
        msg: &entry.msg,
        data: &entry.data,
        file: stored.and(entry.file.as_deref()),
        size: stored.map(|stored| stored.size),
        checksum: stored.map(|stored| stored.checksum.as_str()),
        raw: entry.raw,
        digest: entry.digest.as_deref(),
        imported: entry.import.is_some(),
        import: import.filter(|import| *import != Import::default()),
        log_day: log_day.filter(|day| *day != entry.local_received().date()),
    })
}

/// The line in `records/` for what could not be shelved: its numbers count as seen all the same.
pub fn rejected_line(number: u64, stream: Option<StreamId>, seq: Option<u64>, reason: &str) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        number: u64,
        kind: &'a str,
        stream: Option<StreamId>,
        seq: Option<u64>,
        reason: &'a str,
    }
    json(&Line { number, kind: "rejected", stream, seq, reason })
}

/// A line of `records/`, without the newline.
fn json(line: &impl Serialize) -> String {
    // Strings, numbers and JSON values always have a JSON form.
    check::seal(&serde_json::to_string(line).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use serde_json::json;

    fn entry(msg: &str, kind: Kind) -> Entry {
        sample::entry(kind, msg, "2026-11-20T12:34:56.7899+01:00")
    }

    #[test]
    fn a_log_line_is_imagehubs_and_always_one_line() {
        let check = |msg: &str, expected: &str| {
            let expected = format!("2026-11-20 12:34:56,789 ~ {expected}");
            assert_eq!(log_line(&entry(msg, Kind::Event)).as_deref(), Some(expected.as_str()), "{msg:?}");
        };
        check("Driveway Mailbox|motion|moving", "Driveway Mailbox|motion|moving");
        check("Scheune Süd|Temp|7 °C", "Scheune Süd|Temp|7 °C");
        check("a\nb|x|2026-01-01 00:00:00,000 ~ forged", "a\\nb|x|2026-01-01 00:00:00,000 ~ forged");
        check("\u{1b}[31mred\r\0", "\\u{1b}[31mred\\r\\u{0}");
        check("a\u{2028}b\u{85}c", "a\\u{2028}b\\u{85}c");
        check("C:\\new", "C:\\new");
    }

    #[test]
    fn a_long_text_is_cut_between_its_letters() {
        let check = |text: &str, expected: &str| assert_eq!(clip(text, 3), expected, "{text:?}");
        check("", "");
        check("süd", "süd");
        check("südl", "süd...");
        check("\n\n\n\n", "\\n\\n\\n...");
    }

    #[test]
    fn images_and_signs_of_life_are_not_logged_nor_is_an_event_that_goes_on() {
        let check = |kind, event: Option<&str>, data: Value, logged: bool| {
            let entry = Entry { event: event.map(str::to_owned), data, ..entry("Barn x|motion|moving", kind) };
            assert_eq!(log_line(&entry).is_some(), logged, "{entry:?}");
        };
        check(Kind::Image, None, Value::Null, false);
        check(Kind::Health, None, Value::Null, false);
        check(Kind::Live, None, Value::Null, false);
        check(Kind::Reading, None, Value::Null, true);
        check(Kind::Report, None, Value::Null, true);
        check(Kind::Other, None, Value::Null, true);
        check(Kind::Event, Some("e1"), json!({"phase": "start"}), true);
        check(Kind::Event, Some("e1"), json!({"phase": "update"}), false);
        check(Kind::Event, Some("e1"), json!({"phase": "end"}), true);
        check(Kind::Event, None, json!({"phase": "update"}), true);
    }
}
