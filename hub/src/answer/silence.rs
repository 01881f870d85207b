//! When nodes were not heard, and what is therefore not known: of a time in which nothing was heard of a node nobody can say
//! that nothing happened.

use std::collections::BTreeSet;

use super::clock::{self, moment};
use super::question::Question;
use super::say::Speaker;
use super::things::Things;
use super::unknown;
use crate::config::HubConfig;
use crate::index::{Index, IndexError, Topic};

/// The nodes of which nothing was heard in the span that is asked for: they came later, were last heard before it, or the
/// hub had said that they were silent all through it.
pub(super) fn unheard(
    index: &Index,
    things: &Things,
    question: &Question,
    speaker: &Speaker,
    config: &HubConfig,
) -> Result<BTreeSet<String>, IndexError> {
    let mut unheard = BTreeSet::new();
    let Some(span) = &question.span else { return Ok(unheard) };
    let (within, now) = (span.within, speaker.now.timestamp());
    for (node, heard) in &things.nodes {
        let came_later = within.until.is_some_and(|until| until <= heard.first);
        let gone_before =
            heard.is_quiet(now, config.hub.patience.0) && within.since.is_some_and(|since| heard.last < since);
        let topic = Topic { node, view: None, what: "node", detector: None };
        let all = within.since.and_then(|since| clock::between(since, within.until.unwrap_or(now).min(now)));
        let silent = || -> Result<bool, IndexError> {
            let found = index.happened(&topic, within, now)?;
            let silent = found.iter().find(|found| found.state == "silent");
            Ok(silent.zip(all).is_some_and(|(silent, all)| !all.is_zero() && all <= silent.longest))
        };
        if came_later || gone_before || silent()? {
            unheard.insert(node.clone());
        }
    }
    Ok(unheard)
}

/// What is said of `nodes`, of which nothing is known.
pub(super) fn not_known(nodes: &BTreeSet<&str>, things: &Things, speaker: &Speaker) -> Option<String> {
    let span = speaker.question.span.as_ref()?;
    // Whoever named no year sees which one was meant.
    let said = span.day.map_or(span.said.clone(), |day| {
        let short = clock::date(day, speaker.now);
        span.said.replace(&short, &day.strftime("%-d %B %Y").to_string())
    });
    let names: Vec<String> = nodes.iter().map(|node| (*node).to_owned()).collect();
    let heard = match names.as_slice() {
        [] => return None,
        [node] => things.nodes.get(node).map(|heard| {
            let (ended, now) = (span.within.until, speaker.now);
            match ended.is_some_and(|until| until <= heard.first) {
                true => format!("; first heard at {}", moment(heard.first, now)),
                false => format!("; last heard at {}", moment(heard.last, now)),
            }
        }),
        _ => None,
    };
    Some(format!("not known: nothing was heard of {} {said}{}", unknown::list(&names), heard.unwrap_or_default()))
}

/// That `node` was not heard in all of the time that is asked for, or is not heard now.
pub(super) fn note(
    node: &str,
    things: &Things,
    question: &Question,
    speaker: &Speaker,
    config: &HubConfig,
) -> Option<String> {
    let (heard, now) = (things.nodes.get(node)?, speaker.now.timestamp());
    let within = question.span.as_ref().map(|span| span.within).unwrap_or_default();
    let ended_before = within.until.is_some_and(|until| until <= heard.last);
    let is_gone = heard.is_quiet(now, config.hub.patience.0) && !ended_before;
    let came_late = within.since.is_some_and(|since| since < heard.first);
    let (first, last) = (moment(heard.first, speaker.now), moment(heard.last, speaker.now));
    match (came_late, is_gone) {
        (true, true) => Some(format!("{node} was not heard before {first}, and has not been heard since {last}")),
        (true, false) => Some(format!("{node} was not heard before {first}")),
        (false, true) => Some(format!("{node} has not been heard since {last}")),
        (false, false) => None,
    }
}
