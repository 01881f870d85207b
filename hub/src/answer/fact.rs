//! What the index knows of one thing, for one question.

use std::time::Duration;

use picket_common::time::Timestamp;
use serde::{Serialize, Serializer};

use super::question::Question;
use super::things::{self, Heard, Of, Thing, same};
use crate::index::{Happened, Index, IndexError, Kept, Measured, ReadingRow, StateRow, Within};

/// One answer's facts; what `--json` prints of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Fact {
    /// The present state.
    State {
        #[serde(rename = "present")]
        row: StateRow,
        /// When it last was what is asked for, which it neither is nor was just before, and until when.
        last: Option<Last>,
    },
    /// How often it was so, and how long.
    Happened(Sum),
    /// When the node was heard.
    Heard { last: Timestamp },
    /// When something that has no duration happened last.
    Event { what: String, last: Option<Timestamp> },
    /// The latest reading.
    Reading {
        #[serde(rename = "latest")]
        row: ReadingRow,
        /// It is older than readings used to become: that.
        #[serde(serialize_with = "seconds_if")]
        overdue_after_s: Option<Duration>,
    },
    /// What was read in a span of time; nothing in no unit where nothing was.
    Readings {
        name: String,
        #[serde(flatten)]
        measured: Option<Measured>,
        latest: ReadingRow,
    },
    /// What images there are.
    Images {
        #[serde(flatten)]
        kept: Option<Kept>,
    },
}

impl Fact {
    /// Whether it says only that there is nothing of what is asked for, which may be one of some states.
    pub(super) fn is_nothing(&self, asked: &[&str]) -> bool {
        match self {
            Fact::Happened(sum) => sum.count == 0 && sum.between.is_none(),
            Fact::Event { last, .. } => last.is_none(),
            Fact::Readings { measured, .. } => measured.is_none(),
            Fact::Images { kept } => kept.is_none(),
            Fact::State { row, .. } => !asked.is_empty() && asked.iter().all(|state| !same(state, &row.state)),
            Fact::Reading { .. } | Fact::Heard { .. } => false,
        }
    }

    /// Whether it is about a span of time, and not about the present.
    pub(super) fn is_of_a_span(&self) -> bool {
        matches!(self, Fact::Happened(_) | Fact::Readings { .. } | Fact::Images { .. })
    }

    /// Whether it tells only what was so before `since`, and of what came then only that nothing else was heard.
    pub(super) fn is_carried_on(&self, since: Option<Timestamp>) -> bool {
        matches!(self, Fact::Happened(sum) if sum.last.is_none_or(|last| Some(last) < since))
    }
}

/// The last time that something was so.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Last {
    pub(super) state: String,
    pub(super) start: Timestamp,
    pub(super) end: Option<Timestamp>,
}

/// Happenings of one state.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Sum {
    pub(super) what: String,
    pub(super) detector: Option<String>,
    pub(super) state: String,
    pub(super) count: u64,
    #[serde(rename = "total_s", serialize_with = "seconds")]
    pub(super) total: Duration,
    #[serde(rename = "longest_s", serialize_with = "seconds")]
    pub(super) longest: Duration,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    pub(super) images: u64,
    pub(super) goes_on: bool,
    /// The state between them is asked for, and how long that was.
    pub(super) between: Option<Between>,
}

/// What is between happenings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Between {
    pub(super) state: String,
    #[serde(rename = "total_s", serialize_with = "seconds")]
    pub(super) total: Duration,
}

/// From so many gaps between readings it is told how old one may become.
const GAPS: usize = 20;

/// Nobody calls a reading old that is younger than twice this.
const LEAST: Duration = Duration::from_secs(60);

/// The facts about `thing` that `question`, in which it has the number `id`, asks for. `known` is until when the node's
/// silence means that nothing has changed.
pub(super) fn of(
    index: &Index,
    question: &Question,
    (id, thing): (usize, &Thing),
    heard: Option<&Heard>,
    known: Timestamp,
) -> Result<Vec<Fact>, IndexError> {
    let within = question.span.as_ref().map(|span| span.within).unwrap_or_default();
    let is_past = question.span.is_some() || question.aspects.iter().any(|aspect| aspect.is_of_the_past());
    let asked = question.states_of(id);
    Ok(match &thing.of {
        Of::State(_) | Of::Event(_) if is_past => {
            let found = index.happened(&thing.topic(), within, known)?;
            let since = within.since.max(heard.map(|heard| heard.first)).unwrap_or(known);
            let until = within.until.unwrap_or(known).min(known);
            sums(thing, found, &asked, until.duration_since(since).try_into().unwrap_or_default())
        }
        Of::State(row) => {
            let is_there = |state: &&&str| {
                !same(state, &row.state) && row.before.as_ref().is_none_or(|before| !same(state, before))
            };
            let state = asked.iter().find(is_there).filter(|_| asked.iter().all(|state| !same(state, &row.state)));
            let last = match state {
                Some(state) => index.last(&thing.topic(), Some(state))?.map(|(start, end)| Last {
                    state: (*state).to_owned(),
                    start,
                    end,
                }),
                None => None,
            };
            vec![Fact::State { row: row.clone(), last }]
        }
        Of::Heard(last) => vec![Fact::Heard { last: *last }],
        Of::Event(what) => {
            let last = index.last(&thing.topic(), None)?.map(|(start, _)| start);
            vec![Fact::Event { what: what.clone(), last }]
        }
        Of::Reading(row) if is_past => {
            let measured = index.measured(&thing.topic(), within)?;
            let fact = |measured| Fact::Readings { name: row.name.clone(), measured, latest: row.clone() };
            let none = measured.is_empty().then(|| fact(None));
            measured.into_iter().map(|measured| fact(Some(measured))).chain(none).collect()
        }
        Of::Reading(row) => {
            vec![Fact::Reading { row: row.clone(), overdue_after_s: overdue(index, thing, row, known)? }]
        }
        Of::Images => {
            let within = if is_past { within } else { Within::default() };
            vec![Fact::Images { kept: index.kept(&thing.node, thing.view.as_deref(), within)? }]
        }
    })
}

/// What was found, by the states that are asked for or else by all that happenings bring; nothing is a fact too.
fn sums(thing: &Thing, found: Vec<Happened>, asked: &[&str], span: Duration) -> Vec<Fact> {
    let idle = asked.iter().find(|state| things::is_idle(state) && found.iter().all(|sum| !same(&sum.state, state)));
    let begins =
        |state: &str| if things::is_idle(state) { things::counterpart(state).unwrap_or("") } else { state }.to_owned();
    let wanted: Vec<String> = asked.iter().map(|state| begins(state)).collect();
    let is_wanted = |sum: &Happened| {
        let is_asked =
            asked.iter().any(|state| same(state, &sum.state)) || wanted.iter().any(|state| same(state, &sum.state));
        if asked.is_empty() { !things::is_idle(&sum.state) || matches!(thing.of, Of::Event(_)) } else { is_asked }
    };
    let detector = thing.detector().map(str::to_owned);
    let sum = |state: String| Sum {
        what: thing.what().to_owned(),
        detector: detector.clone(),
        state,
        count: 0,
        total: Duration::ZERO,
        longest: Duration::ZERO,
        first: None,
        last: None,
        images: 0,
        goes_on: false,
        between: None,
    };
    let mut sums: Vec<Sum> = found
        .into_iter()
        .filter(is_wanted)
        .map(|found| Sum {
            count: found.count,
            total: found.total,
            longest: found.longest,
            first: Some(found.first),
            last: Some(found.last),
            images: found.images,
            goes_on: found.goes_on,
            ..sum(found.state)
        })
        .collect();
    if sums.is_empty() {
        let present = match &thing.of {
            Of::State(row) => begins(&row.state),
            _ => String::new(),
        };
        sums.push(sum(wanted.first().cloned().unwrap_or(present)));
    }
    if let (Some(idle), [sum]) = (idle, sums.as_mut_slice()) {
        sum.between = Some(Between { state: (*idle).to_owned(), total: span.saturating_sub(sum.total) });
    }
    sums.into_iter().map(Fact::Happened).collect()
}

/// How old readings used to become at most, where the latest has become twice as old.
fn overdue(index: &Index, thing: &Thing, row: &ReadingRow, known: Timestamp) -> Result<Option<Duration>, IndexError> {
    let times = index.read_at(&thing.topic(), GAPS + 1)?;
    let gaps = times.windows(2).filter_map(|pair| Duration::try_from(pair[0].duration_since(pair[1])).ok());
    // A few tell nothing about what is usual.
    let longest = gaps.max().filter(|_| 5 <= times.len());
    let age = Duration::try_from(known.duration_since(row.at)).unwrap_or_default();
    Ok(longest.map(|longest| longest.max(LEAST)).filter(|longest| *longest * 2 < age))
}

fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

fn seconds_if<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.as_secs_f64()).serialize(serializer)
}
