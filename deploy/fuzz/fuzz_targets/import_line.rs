//! Whatever lies in an imagehub's log, each of its lines is counted once, in their order, however it is read; and what
//! has a time has one in its zone too, or is refused.

#![no_main]

use std::io::BufReader;

use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;

use self::line::{Found, LONGEST, Log};

#[path = "../../../hub/src/import/line.rs"]
mod line;
#[path = "../../../hub/src/import/local.rs"]
#[allow(dead_code, reason = "the files' own times are left out")]
mod local;

fuzz_target!(|input: &[u8]| {
    let found = read(input, input.len().max(1));
    assert_eq!(found, read(input, 3));
    let lines: u64 = found.iter().map(|found| if let Found::Logged(logged) = found { logged.lines } else { 1 }).sum();
    assert_eq!(lines, input.split_inclusive(|byte| *byte == b'\n').count() as u64);
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("that is how a zone is written");
    let mut before = None;
    for found in &found {
        if let Found::Logged(logged) = found {
            // A byte that is no UTF-8 becomes three.
            assert!(logged.text.len() <= 3 * LONGEST);
            before = local::in_log(&zone, logged.at, before).or(before);
        }
    }
});

fn read(input: &[u8], capacity: usize) -> Vec<Found> {
    Log::new(BufReader::with_capacity(capacity, input)).map(|found| found.expect("memory can always be read")).collect()
}
