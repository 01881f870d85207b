//! Reads one log file: which lines have a time and a text that can be taken, and when that was. Every line is counted, in
//! one way or the other.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;

use super::line::{self, Found, LONGEST, Log, Logged, Odd};
use super::report::Report;
use super::{Job, local};

/// Hands each text of the log at `path`, below the job's root, to `each`.
pub(super) fn read(job: &Job, path: &str, report: &mut Report, mut each: impl FnMut(Timestamp, Logged)) {
    let place = |number: u64| format!("{path}:{number}");
    let file = match File::open(job.root.join(path)) {
        Ok(file) => file,
        Err(error) => return report.left(&format!("a log that cannot be read ({error})"), || path.to_owned()),
    };
    let mut before = None;
    for found in Log::new(BufReader::with_capacity(2 * LONGEST, file)) {
        let logged = match found {
            Ok(Found::Logged(logged)) => logged,
            Ok(Found::Odd(number, odd)) => {
                report.left(reason(odd), || place(number));
                continue;
            }
            Err(error) => {
                return report.left(&format!("the rest of a log that cannot be read ({error})"), || path.to_owned());
            }
        };
        job.progress.done(logged.lines);
        let number = logged.number;
        let Some(at) = local::in_log(&job.zone, logged.at, before) else {
            report.left("a time that cannot be", || place(number));
            continue;
        };
        before = Some(at);
        if let Some(reason) = job.complaint(at) {
            (0..logged.lines).for_each(|line| report.left(&reason, || place(number + line)));
            continue;
        }
        if job.zone.to_datetime(at) != logged.at {
            report
                .odd("a time that the clock skips here, taken as the moment when it was set forward", || place(number));
        }
        if logged.lossy {
            report.odd("bytes that are no UTF-8, stored as \u{fffd}", || place(number));
        }
        if logged.cut {
            report.odd("the last line of its file, and not ended", || place(number));
        }
        each(at, logged);
    }
}

fn reason(odd: Odd) -> &'static str {
    match odd {
        Odd::Empty => "an empty line",
        Odd::NoTime => "a line without a time, and none before it",
        Odd::TooLong => "a line too long for a log (more than 64 KiB)",
        Odd::Cut => "a last line that breaks off in its time",
    }
}

/// The day of the last line in the log at `path`, if it has any.
pub(super) fn last_day(path: &Path) -> io::Result<Option<Date>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(2 * LONGEST as u64)))?;
    let mut end = Vec::new();
    file.take(2 * LONGEST as u64).read_to_end(&mut end)?;
    let end = String::from_utf8_lossy(&end);
    Ok(end.lines().rev().find_map(line::stamped).map(|(at, _)| at.date()))
}
