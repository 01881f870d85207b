//! The log's files, read from their end: the newest lines first, with what is searched in them. One question reads a bounded
//! part of them and tells where to go on. Lines without a time of their own belong to the one before, as in logs of imagehub.
//! Nothing is written, and no index is needed but for the day whose log is called `imagehub.log`.

mod window;

use std::fmt::{self, Display};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use picket_common::name;
use picket_common::time::Timestamp;

use self::window::{Record, Window};
use crate::access::Sight;
use crate::import::line::stamped;

/// So many bytes are read for one question.
pub const BUDGET: u64 = 4 << 20;

const CURRENT: &str = "imagehub.log";

/// Which lines are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// With this in them, in whatever case.
    pub search: Option<String>,
    /// Of one of these nodes, in whatever case; none are all.
    pub nodes: Vec<String>,
    /// From then on.
    pub since: Option<Timestamp>,
    /// Before then.
    pub until: Option<Timestamp>,
    /// At most so many.
    pub limit: usize,
    /// What whoever reads may see; lines of no node are for those who may see all.
    pub sight: Sight,
}

/// A place in the files: in the log of a day, behind so many bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    day: Date,
    end: u64,
}

impl Display for Cursor {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}.{}", self.day, self.end)
    }
}

impl FromStr for Cursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Cursor, String> {
        let parts = text.split_once('.').and_then(|(day, end)| Some((day.parse().ok()?, end.parse().ok()?)));
        let (day, end) = parts.ok_or_else(|| format!("{text:?} is not a place in the log"))?;
        Ok(Cursor { day, end })
    }
}

/// One line, with those that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its time as in the file, in the hub's zone.
    pub at: String,
    /// The same, where that zone had such a time.
    pub time: Option<Timestamp>,
    /// The node, where its text begins with one.
    pub node: Option<String>,
    /// What it says.
    pub text: String,
}

/// The lines wanted below `data`, the newest first, from `cursor` on; and where to go on, if there may be more. `log_day` is
/// the day whose log is called `imagehub.log`.
pub fn read(
    data: &Path,
    (zone, log_day): (&TimeZone, Option<Date>),
    wanted: &Wanted,
    cursor: Option<Cursor>,
) -> io::Result<(Vec<Line>, Option<Cursor>)> {
    let day_of = |time: Timestamp| zone.to_datetime(time).date();
    let filter = Filter::new(wanted, zone);
    let (mut lines, mut budget) = (Vec::new(), BUDGET);
    for (day, path) in files(&data.join("logs"), log_day)? {
        let (until, since) = (wanted.until.map(day_of), wanted.since.map(day_of));
        if until.is_some_and(|until| until < day) || cursor.is_some_and(|cursor| cursor.day < day) {
            continue;
        }
        if since.is_some_and(|since| day < since) {
            break;
        }
        let end = cursor.filter(|cursor| cursor.day == day).map_or(u64::MAX, |cursor| cursor.end);
        let Some(mut window) = open(&path, end)? else { continue };
        while let Some(record) = window.before(&mut budget)? {
            lines.extend(filter.line(&record));
            if lines.len() == wanted.limit {
                return Ok((lines, Some(Cursor { day, end: record.start })));
            }
        }
        if budget == 0 {
            return Ok((lines, Some(Cursor { day, end: window.end() })));
        }
    }
    Ok((lines, None))
}

/// The files of the log, each with its day, the newest first.
fn files(folder: &Path, log_day: Option<Date>) -> io::Result<Vec<(Date, PathBuf)>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix(CURRENT));
        let day = match name {
            Some("") => Some(log_day.unwrap_or(Date::MAX)),
            Some(dated) => dated.strip_prefix('.').and_then(|day| day.parse().ok()),
            None => None,
        };
        files.extend(day.map(|day| (day, path)));
    }
    files.sort_unstable_by(|one, other| other.cmp(one));
    Ok(files)
}

/// None where it has just got another name, or was taken away.
fn open(path: &Path, end: u64) -> io::Result<Option<Window<File>>> {
    match File::open(path) {
        Ok(file) => {
            let length = file.metadata()?.len();
            Ok(Some(Window::new(file, end.min(length))))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

struct Filter<'w> {
    wanted: &'w Wanted,
    zone: &'w TimeZone,
    search: Option<String>,
    nodes: Vec<String>,
}

impl<'w> Filter<'w> {
    fn new(wanted: &'w Wanted, zone: &'w TimeZone) -> Filter<'w> {
        let search = wanted.search.as_ref().map(|search| search.to_lowercase());
        let nodes = wanted.nodes.iter().map(|node| node.to_lowercase()).collect();
        Filter { wanted, zone, search, nodes }
    }

    /// The line that a record is, if it is wanted.
    fn line(&self, record: &Record) -> Option<Line> {
        let text = String::from_utf8_lossy(&record.bytes);
        if self.search.as_ref().is_some_and(|search| !text.to_lowercase().contains(search)) {
            return None;
        }
        let (at, text) = stamped(text.trim_end())?;
        let of = whose(text);
        let is_seen = of.as_ref().map(|(node, view)| self.wanted.sight.has(node, view.as_deref()));
        if !is_seen.unwrap_or_else(|| self.wanted.sight.is_everything()) {
            return None;
        }
        let node = of.map(|(node, _)| node);
        let is_of = |node: &String| self.nodes.contains(&node.to_lowercase());
        if !self.nodes.is_empty() && !node.as_ref().is_some_and(is_of) {
            return None;
        }
        let time = self.time(at);
        let early = self.wanted.since.is_some_and(|since| time.is_none_or(|time| time < since));
        let late = self.wanted.until.is_some_and(|until| time.is_none_or(|time| until <= time));
        let at = format!("{},{:03}", at.strftime("%Y-%m-%d %H:%M:%S"), at.millisecond());
        (!early && !late).then(|| Line { at, time, node, text: text.to_owned() })
    }

    fn time(&self, at: DateTime) -> Option<Timestamp> {
        Some(self.zone.to_ambiguous_zoned(at).compatible().ok()?.timestamp())
    }
}

/// The node and the view of whom a text tells, by its first field.
fn whose(text: &str) -> Option<(String, Option<String>)> {
    text.split_once('|').map(|(who, _)| name::split(who))
}

#[cfg(test)]
mod tests;
