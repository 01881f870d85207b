//! imagehub's times are local, without a word of which zone: they are taken as this hub's zone has them. In autumn an hour
//! comes twice, in spring one is missing; neither loses anything or its order. Knows no files.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// A file's own time may differ so much from the time in its name, and still tells which of two hours is meant.
const NEAR: Duration = Duration::from_secs(600);

/// When `at` was, in the order of a log: `before` is when the line before was. An hour that comes twice is the first
/// until the clock goes back; a time that is skipped is the moment at which the clock was set forward.
pub(super) fn in_log(zone: &TimeZone, at: DateTime, before: Option<Timestamp>) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(at).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(at).ok(),
        AmbiguousOffset::Fold { before: first, after: second } => {
            let (first, second) = (first.to_timestamp(at).ok()?, second.to_timestamp(at).ok()?);
            Some(if before.is_some_and(|before| first < before) { second } else { first })
        }
        AmbiguousOffset::Gap { before, .. } => {
            let behind = before.to_timestamp(at).ok()?;
            let change = zone.preceding(behind.checked_add(Duration::from_nanos(1)).ok()?).next();
            Some(change.map_or(behind, |change| change.timestamp()))
        }
    }
}

/// When `at`, a time in an image's name, was. Of an hour that comes twice, the one to which the file's own time is near,
/// else the first.
pub(super) fn in_name(zone: &TimeZone, at: DateTime, modified: Option<Timestamp>) -> Option<Timestamp> {
    let first = in_log(zone, at, None)?;
    let second = in_log(zone, at, Some(Timestamp::MAX))?;
    let near = |time: Timestamp| modified.is_some_and(|modified| modified.duration_since(time).unsigned_abs() <= NEAR);
    Some(if near(second) && !near(first) { second } else { first })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    #[test]
    fn an_hour_that_comes_twice_is_the_second_one_once_the_clock_went_back() {
        let mut before = None;
        let mut check = |at: &str, expected: &str| {
            let time = in_log(&zone(), at.parse().unwrap(), before).unwrap();
            assert_eq!(time.to_string(), expected, "{at}");
            before = Some(time);
        };
        check("2021-10-31T01:59:59", "2021-10-30T23:59:59Z");
        check("2021-10-31T02:10:00", "2021-10-31T00:10:00Z");
        check("2021-10-31T02:50:00", "2021-10-31T00:50:00Z");
        check("2021-10-31T02:10:00", "2021-10-31T01:10:00Z");
        check("2021-10-31T02:50:00", "2021-10-31T01:50:00Z");
        check("2021-10-31T03:00:00", "2021-10-31T02:00:00Z");
    }

    #[test]
    fn an_hour_that_is_missing_keeps_its_order() {
        let times = ["01:59:59", "02:00:00", "02:30:00", "02:59:59", "03:00:00"];
        let times = times.map(|time| in_log(&zone(), format!("2021-03-28T{time}").parse().unwrap(), None).unwrap());
        assert!(times.is_sorted(), "{times:?}");
        assert_eq!(times[2].to_string(), "2021-03-28T01:00:00Z");
    }

    #[test]
    fn a_files_own_time_tells_which_of_two_hours() {
        let check = |modified: Option<&str>, expected: &str| {
            let modified = modified.map(|time| time.parse().unwrap());
            let time = in_name(&zone(), "2021-10-31T02:10:00".parse().unwrap(), modified).unwrap();
            assert_eq!(time.to_string(), expected, "{modified:?}");
        };
        check(None, "2021-10-31T00:10:00Z");
        check(Some("2021-10-31T00:10:01Z"), "2021-10-31T00:10:00Z");
        check(Some("2021-10-31T01:10:01Z"), "2021-10-31T01:10:00Z");
        check(Some("2026-11-20T12:00:00Z"), "2021-10-31T00:10:00Z");
    }
}
