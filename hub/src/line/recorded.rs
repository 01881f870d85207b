//! The lines of `records/`, read back: what an index is rebuilt from. Lines of elder versions say less, and are read as well
//! as they can be. Knows no file.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use picket_common::log::Key;
use picket_common::time::Timestamp;
use picket_common::wire::StreamId;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::amendment::Amendment;
use super::{Stored, check};
use crate::entry::Entry;

/// What one line of `records/` tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Recorded {
    /// What became of a journal record: it is shelved, an image with the file it became.
    Kept {
        /// The journal's number.
        number: u64,
        /// The entry, without what only the journal needs.
        entry: Box<Entry>,
        /// The file.
        stored: Option<Stored>,
        /// The day whose log was `imagehub.log`.
        log_day: Date,
    },
    /// It could not be shelved, and why.
    Rejected {
        /// The journal's number.
        number: u64,
        /// Whose message it was.
        key: Key,
        /// In words.
        reason: String,
    },
    /// What became later of something stored.
    Amended {
        /// What.
        amendment: Amendment,
        /// The last number that was shelved then; elder lines do not tell.
        after: Option<u64>,
    },
}

/// A line, and how sure it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it tells.
    pub recorded: Recorded,
    /// It has a check value, and that fits; elder lines have none.
    pub checked: bool,
}

/// Reads a line of the records of `day`. `zone` is the hub's, for elder lines that do not tell theirs.
///
/// # Errors
/// It says nothing, or not what was written; in words.
pub fn read(bytes: &[u8], day: Date, zone: &TimeZone) -> Result<Line, String> {
    let line: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let Value::Object(mut line) = line else { return Err("it is no JSON object".to_owned()) };
    let checked = check::verify(bytes, &mut line)?;
    Ok(Line { recorded: told(line, day, zone)?, checked })
}

fn told(mut line: Map<String, Value>, day: Date, zone: &TimeZone) -> Result<Recorded, String> {
    let number = field(&line, "number")?;
    if number == 0 {
        return Err("no record has the number 0".to_owned());
    }
    match line.get("kind").and_then(Value::as_str) {
        Some("rejected") => rejected(number, &line),
        Some("deleted" | "pinned" | "unpinned" | "reviewed" | "unreviewed") => {
            let after = field(&line, "after")?;
            let amendment = serde_json::from_value(Value::Object(line)).map_err(|error| error.to_string())?;
            Ok(Recorded::Amended { amendment, after })
        }
        _ => {
            if line.get("imported") == Some(&Value::Bool(true)) {
                line.entry("import").or_insert_with(|| json!({}));
            }
            zones(&mut line, day, zone)?;
            kept(number, line, day)
        }
    }
}

fn rejected(number: u64, line: &Map<String, Value>) -> Result<Recorded, String> {
    let stream: Option<StreamId> = field(line, "stream")?;
    let seq: Option<u64> = field(line, "seq")?;
    let key = Key { stream: stream.map_or(0, |stream| stream.0), seq: seq.unwrap_or(0) };
    Ok(Recorded::Rejected { number, key, reason: field(line, "reason")? })
}

fn kept(number: u64, line: Map<String, Value>, day: Date) -> Result<Recorded, String> {
    #[derive(Deserialize)]
    struct Beside {
        size: Option<u64>,
        checksum: Option<String>,
        log_day: Option<Date>,
    }
    let line = Value::Object(line);
    let Beside { size, checksum, log_day } = Beside::deserialize(&line).map_err(|error| error.to_string())?;
    let entry: Box<Entry> = serde_json::from_value(line).map_err(|error| error.to_string())?;
    let stored = size.zip(checksum).map(|(size, checksum)| Stored { size, checksum });
    Ok(Recorded::Kept { number, entry, stored, log_day: log_day.unwrap_or(day) })
}

/// Elder lines do not tell the hub's zone. It was received on the day whose records these are, as the hub has them.
fn zones(line: &mut Map<String, Value>, day: Date, zone: &TimeZone) -> Result<(), String> {
    for (time, offset) in [("at", "at_offset"), ("received", "received_offset")] {
        if !line.contains_key(offset) {
            let time: Timestamp = field(line, time)?;
            line.insert(offset.to_owned(), offset_at(time, (offset == "received_offset").then_some(day), zone).into());
        }
    }
    Ok(())
}

fn offset_at(time: Timestamp, day: Option<Date>, zone: &TimeZone) -> i32 {
    let own = zone.to_offset(time);
    match day {
        // The hub's zone was another one then; any that makes it the right day does.
        Some(day) if own.to_datetime(time).date() != day => {
            let hours = (-12..=14).map(|hours| hours * 3600);
            let fits = |seconds: &i32| {
                jiff::tz::Offset::from_seconds(*seconds).is_ok_and(|offset| offset.to_datetime(time).date() == day)
            };
            hours.into_iter().find(fits).unwrap_or(own.seconds())
        }
        _ => own.seconds(),
    }
}

fn field<T: DeserializeOwned>(line: &Map<String, Value>, name: &str) -> Result<T, String> {
    let value = line.get(name).cloned().unwrap_or(Value::Null);
    serde_json::from_value(value).map_err(|error| format!("`{name}`: {error}"))
}

#[cfg(test)]
mod tests {
    use picket_common::event::Kind;

    use super::*;
    use crate::entry::Import;
    use crate::line::{record_line, rejected_line};
    use crate::sample;

    const DAY: Date = Date::constant(2026, 11, 20);

    #[test]
    fn a_line_is_read_back_as_the_entry_that_it_was_made_of() {
        let check = |entry: Entry, stored: Option<Stored>, log_day: Date| {
            let line = record_line(7, &entry, stored.as_ref(), Some(log_day));
            let recorded = Recorded::Kept { number: 7, entry: Box::new(entry), stored, log_day };
            let expected = Line { recorded, checked: true };
            assert_eq!(read(line.as_bytes(), DAY, &TimeZone::UTC), Ok(expected), "{line}");
        };
        let stored = || Some(Stored { size: 9, checksum: "ab".to_owned() });
        let image = || sample::image("Barn Door|jpg", "2026-11-20T12:34:56.7899+01:00");
        check(image(), stored(), DAY);
        check(image().numbered(7, 8).digest("d").raw(4, 2, 3), stored(), DAY.tomorrow().unwrap());
        let data = json!({"phase": "start", "what": "motion", "state": "moving", "score": 0.1});
        check(sample::event("Barn Door|motion|moving", "2026-11-20T23:59:59-08:00").of_event("e", data), None, DAY);
        let until = Some(Timestamp::UNIX_EPOCH);
        let import = Some(Import { origin: None, logged: true, past: true, until });
        check(Entry { import, ..sample::entry(Kind::Other, "Exiting", "2026-11-20T01:00:00Z") }, None, DAY);
        check(Entry { import: Some(Import::default()), ..image() }, stored(), DAY);
    }

    #[test]
    fn an_elder_line_without_its_zone_is_of_the_day_whose_records_it_is_in() {
        let check = |received: &str, zone: &str, expected: &str| {
            let line = format!(
                r#"{{"number":1,"node":"Barn","view":null,"stream":null,"seq":null,"at":"{received}","received":"{received}",
                    "kind":"event","event":null,"msg":"Barn|x|on","imported":true}}"#
            );
            let read = read(line.as_bytes(), DAY, &TimeZone::get(zone).unwrap()).unwrap();
            let Line { recorded: Recorded::Kept { entry, .. }, checked: false } = read else { panic!("{read:?}") };
            assert_eq!(entry.local_received().to_string(), expected);
            assert_eq!(entry.import, Some(Import::default()));
        };
        check("2026-11-20T12:00:00Z", "Europe/Berlin", "2026-11-20T13:00:00");
        check("2026-11-19T23:30:00Z", "Europe/Berlin", "2026-11-20T00:30:00");
        check("2026-11-19T23:30:00Z", "UTC", "2026-11-20T00:30:00");
        check("2026-11-21T01:00:00Z", "UTC", "2026-11-20T13:00:00");
    }

    #[test]
    fn what_was_rejected_and_what_came_later_is_told_apart_and_garbage_is_none_of_these() {
        let key = Key { stream: 9, seq: 4 };
        let line = rejected_line(3, Some(StreamId(9)), Some(4), "why");
        let recorded = Recorded::Rejected { number: 3, key, reason: "why".to_owned() };
        let expected = Line { recorded, checked: true };
        assert_eq!(read(line.as_bytes(), DAY, &TimeZone::UTC), Ok(expected));
        let line = br#"{"kind":"unpinned","number":8,"at":"2026-11-20T12:00:00Z","of":"image","node":"Barn","view":null,"event":null}"#;
        let read_back = read(line, DAY, &TimeZone::UTC).map(|line| line.recorded);
        assert!(
            matches!(read_back, Ok(Recorded::Amended { amendment: Amendment::Unpinned(_), after: None })),
            "{read_back:?}"
        );
        let garbage: [&[u8]; 7] = [
            br#"{"number":0,"kind":"rejected","reason":""}"#,
            b"",
            b"{",
            b"[]",
            b"{}",
            br#"{"number":3}"#,
            b"\xff\x00",
        ];
        for garbage in garbage {
            assert!(read(garbage, DAY, &TimeZone::UTC).is_err(), "{garbage:?}");
        }
    }
}
