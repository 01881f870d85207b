//! Facts in sentences, one line each. What came from the network is shown as one line, whatever it holds.

use std::path::Path;

use jiff::Zoned;
use picket_common::event::{ReadingData, UNKNOWN};
use picket_common::time::Timestamp;

use super::aspect::Aspect;
use super::clock::{between, length, moment, moment_of, some, times};
use super::fact::{Fact, Last, Sum};
use super::question::Question;
use super::things::{Heard, Of, Thing, same};
use super::words;
use crate::index::{Kept, Measured, ReadingRow, StateRow};
use crate::line::one_line;

/// What an answer is said with.
pub(super) struct Speaker<'a> {
    pub(super) question: &'a Question,
    pub(super) data: &'a Path,
    pub(super) now: &'a Zoned,
}

/// Whose facts they are.
pub(super) struct Subject<'a> {
    pub(super) id: usize,
    pub(super) thing: &'a Thing,
    pub(super) heard: Option<&'a Heard>,
    /// It was not heard for longer than the hub's patience.
    pub(super) is_quiet: bool,
}

impl Speaker<'_> {
    /// One fact as a line.
    pub(super) fn line(&self, subject: &Subject, fact: &Fact) -> String {
        let line = match fact {
            Fact::State { row, last } => self.state(subject, row, last.as_ref()),
            Fact::Happened(sum) => self.happened(subject, sum),
            Fact::Heard { last } => {
                let ago = self.ago(*last).map(|ago| format!(" ({ago} ago)")).unwrap_or_default();
                format!("{} was last heard at {}{ago}", subject.thing.place(), moment(*last, self.now))
            }
            Fact::Event { what, last } => {
                let last = last.map_or("never".to_owned(), |last| format!("last at {}", moment(last, self.now)));
                format!("{} {what}: {last}", subject.thing.place())
            }
            Fact::Reading { row, overdue_after_s } => {
                let overdue = overdue_after_s.map(|usual| {
                    let usual = length(usual);
                    format!("; that is old: until then there was one at least every {usual}")
                });
                self.reading(subject, row) + &overdue.unwrap_or_default()
            }
            Fact::Readings { name, measured, latest } => self.readings(subject, name, measured.as_ref(), latest),
            Fact::Images { kept } => self.images(subject, kept.as_ref()),
        };
        one_line(&line)
    }

    fn state(&self, subject: &Subject, row: &StateRow, last: Option<&Last>) -> String {
        let thing = subject.thing;
        let (state, since) = (thing.word(&row.state), moment(row.since, self.now));
        let name = name(thing);
        let now = if same(&row.state, UNKNOWN) {
            // The node stopped, or the input failed.
            let name = if name.ends_with(thing.what()) { name } else { format!("{name} {}", thing.what()) };
            format!("{name}: not known since {since}")
        } else if subject.is_quiet && row.what != "node" {
            format!("{name} was {state} when it was last heard, since {since}")
        } else {
            let long = self.ago(row.since).map(|long| format!(" ({long})")).unwrap_or_default();
            format!(
                "{}{name} has been {state} since {since}{long}",
                self.yes_or_no(subject, |asked| same(asked, &row.state))
            )
        };
        let before = match (last, &row.before, row.before_since) {
            (Some(last), _, _) => {
                let long = last.end.and_then(|end| between(last.start, end)).filter(|long| !long.is_zero());
                let long = long.map(|long| format!(" for {}", length(long))).unwrap_or_default();
                format!("; last {} at {}{long}", thing.word(&last.state), moment(last.start, self.now))
            }
            (None, Some(before), Some(from)) => {
                let long = between(from, row.since).map(|long| format!(" ({})", length(long))).unwrap_or_default();
                format!("; before that {} from {}{long}", thing.word(before), moment(from, self.now))
            }
            _ => String::new(),
        };
        // It began, the node restarted, and nobody knows whether it has ended.
        let restarted =
            subject.heard.and_then(|heard| heard.restarted).filter(|time| row.since < *time && row.what != "node");
        let restarted =
            restarted.map(|time| format!("; it restarted at {} and has not said since", moment(time, self.now)));
        format!("{now}{before}{}", restarted.unwrap_or_default())
    }

    fn happened(&self, subject: &Subject, sum: &Sum) -> String {
        let (thing, said) = (subject.thing, self.said());
        let word = thing.word(&sum.state);
        // That a node restarted is said as that it was silent, whether it has a present state or not.
        let is_of_states = matches!(thing.of, Of::State(_)) || (thing.what() == "node" && !sum.state.is_empty());
        let yes = self.yes_or_no(subject, |_| 0 < sum.count);
        let name = if is_of_states {
            name(thing)
        } else {
            format!("{} {} {word}", thing.place(), thing.what()).trim_end().to_owned()
        };
        if let Some(idle) = &sum.between {
            let (state, long, often) = (thing.word(&idle.state), length(idle.total), times(sum.count));
            let rest = if sum.count == 0 {
                format!("never {word}")
            } else {
                format!("{word} {often}, {} in all", length(sum.total))
            };
            return format!("{name} was {state} for {long} {said}; {rest}");
        }
        if sum.count == 0 {
            return if is_of_states {
                format!("{yes}{name} was not {word} {said}")
            } else {
                format!("{name}: not {said}")
            };
        }
        let often = times(sum.count);
        let often = if is_of_states {
            format!("{yes}{name} was {word} {often} {said}")
        } else {
            format!("{name}: {often} {said}")
        };
        let goes_on = if subject.is_quiet { "its end was not heard" } else { "it goes on" };
        let goes_on = sum.goes_on.then(|| goes_on.to_owned());
        let images = (0 < sum.images).then(|| some(sum.images, "image"));
        // The one time stands before its length.
        let (at, when) = if sum.count == 1 { (self.when(sum), None) } else { (None, self.when(sum)) };
        let at = at.map(|at| format!(", {at}")).unwrap_or_default();
        let tail = [when, goes_on, images.filter(|_| self.wants(&[]))];
        let tail: Vec<String> = tail.into_iter().flatten().collect();
        let tail = if tail.is_empty() { String::new() } else { format!("; {}", tail.join("; ")) };
        format!("{often}{at}{}{tail}", self.lengths(sum))
    }

    /// `, 12 minutes in all, the longest 5 minutes`.
    fn lengths(&self, sum: &Sum) -> String {
        if sum.total.is_zero() {
            return String::new();
        }
        let mut said = String::new();
        if self.wants(&[Aspect::Length]) && 1 < sum.count {
            said += &format!(", {} in all, the longest {}", length(sum.total), length(sum.longest));
        } else if self.wants(&[Aspect::Length, Aspect::Average]) && sum.count == 1 {
            let comma = if self.is_from_before(sum) { "," } else { "" };
            said += &format!("{comma} for {}", length(sum.total));
        }
        if self.question.aspects.contains(&Aspect::Average) && 1 < sum.count {
            let each = sum.total / u32::try_from(sum.count).unwrap_or(u32::MAX);
            said += &format!(", {} each on average", length(each));
        }
        said
    }

    /// `first at 06:00, last at 21:40`.
    fn when(&self, sum: &Sum) -> Option<String> {
        let at = |time| moment_of(self.day(), time, self.now);
        let (first, last) = (sum.first?, sum.last?);
        if !self.wants(&[Aspect::First, Aspect::Last, Aspect::When]) {
            return None;
        }
        Some(match (sum.count, self.only(Aspect::First), self.only(Aspect::Last)) {
            (1, ..) if self.is_from_before(sum) => format!("begun at {}", moment(first, self.now)),
            (1, ..) => format!("at {}", at(first)),
            (_, true, false) => format!("first at {}", at(first)),
            (_, false, true) => format!("last at {}", at(last)),
            _ => format!("first at {}, last at {}", at(first), at(last)),
        })
    }

    /// Whether it began before the span that is asked for.
    fn is_from_before(&self, sum: &Sum) -> bool {
        let since = self.question.span.as_ref().and_then(|span| span.within.since);
        sum.first.zip(since).is_some_and(|(first, since)| first < since)
    }

    fn reading(&self, subject: &Subject, row: &ReadingRow) -> String {
        let (name, value) = (format!("{} {}", subject.thing.place(), row.name), value(row.value, &row.unit, &row.name));
        let at = moment(row.at, self.now);
        let ago = self.ago(row.at).map(|ago| format!(", {ago} ago")).unwrap_or_default();
        if subject.is_quiet {
            format!("{name} was {value} at {at}{ago}")
        } else {
            format!("{name} is {value} (at {at}{ago})")
        }
    }

    fn readings(&self, subject: &Subject, name: &str, measured: Option<&Measured>, latest: &ReadingRow) -> String {
        let (place, said) = (subject.thing.place(), self.said());
        let at = |time| moment_of(self.day(), time, self.now);
        let Some(row) = measured else {
            let (value, at) = (value(latest.value, &latest.unit, name), moment(latest.at, self.now));
            return format!("{place} {name}: no readings {said}; the latest is {value}, at {at}");
        };
        let value = |number| value(number, &row.unit, name);
        let count = some(row.count, "reading");
        if row.count == 1 {
            return format!("{place} {name} {said}: {} at {} ({count})", value(row.lowest), at(row.lowest_at));
        }
        let all = [
            (Aspect::Average, format!("average {}", value(row.average))),
            (Aspect::Lowest, format!("lowest {} at {}", value(row.lowest), at(row.lowest_at))),
            (Aspect::Highest, format!("highest {} at {}", value(row.highest), at(row.highest_at))),
        ];
        let has_any = all.iter().any(|(aspect, _)| self.question.aspects.contains(aspect));
        let said_of: Vec<String> = all
            .into_iter()
            .filter(|(aspect, _)| !has_any || self.question.aspects.contains(aspect))
            .map(|(_, said)| said)
            .collect();
        format!("{place} {name} {said}: {} ({count})", said_of.join(", "))
    }

    fn images(&self, subject: &Subject, kept: Option<&Kept>) -> String {
        let place = subject.thing.place();
        let is_past = self.question.span.is_some();
        let Some(kept) = kept else { return format!("{place}: no images {}", self.said()).trim_end().to_owned() };
        let at = |time| moment_of(self.day(), time, self.now);
        let (count, file) = (some(kept.count, "image"), self.data.join(&kept.file));
        let file = file.display();
        match (is_past, kept.count) {
            (_, 1) => format!("{place}: {count}{}, at {}: {file}", self.spaced(), at(kept.last)),
            (true, _) => format!(
                "{place}: {count}{}, the first at {}, the last at {}: {file}",
                self.spaced(),
                at(kept.first),
                at(kept.last)
            ),
            (false, _) => format!("{place}: {count}, the latest at {}: {file}", at(kept.last)),
        }
    }

    fn spaced(&self) -> String {
        self.question.span.as_ref().map(|span| format!(" {}", span.said)).unwrap_or_default()
    }

    fn said(&self) -> &str {
        self.question.span.as_ref().map_or("so far", |span| &span.said)
    }

    fn day(&self) -> Option<jiff::civil::Date> {
        self.question.span.as_ref().and_then(|span| span.day)
    }

    fn ago(&self, time: Timestamp) -> Option<String> {
        between(time, self.now.timestamp()).map(length)
    }

    /// Whether one of these is asked for, or nothing in particular.
    fn wants(&self, aspects: &[Aspect]) -> bool {
        let asked = &self.question.aspects;
        asked.is_empty() || aspects.iter().any(|aspect| asked.contains(aspect))
    }

    fn only(&self, aspect: Aspect) -> bool {
        self.question.aspects.contains(&aspect)
    }

    fn yes_or_no(&self, subject: &Subject, is_so: impl Fn(&str) -> bool) -> &'static str {
        let asked = self.question.states_of(subject.id);
        match asked.is_empty() || !self.question.is_yes_or_no {
            true => "",
            false if asked.into_iter().any(is_so) => "Yes: ",
            false => "No: ",
        }
    }
}

/// Whose state it is: what sees it is said where it is not plain.
fn name(thing: &Thing) -> String {
    let is_plain = ["motion", "light", "node"].contains(&thing.what())
        || words::of_name(&thing.place()).last() == words::of_name(thing.what()).last();
    let what = if is_plain { String::new() } else { format!(" {}", thing.what()) };
    let detector = thing.detector().map(|detector| format!(" ({detector})")).unwrap_or_default();
    format!("{}{what}{detector}", thing.place())
}

fn value(value: f64, unit: &str, name: &str) -> String {
    ReadingData { name: name.to_owned(), value, unit: unit.to_owned() }.text()
}
