//! `picket-hub ask QUESTION`: questions in people's words, answered from the index, beside a running hub or after it. Driven
//! by the names that the index knows and by people's own (`labels:` and `names:` of the configuration); no node, view or
//! sensor is named here. Knows no socket.
//!
//! A question is taken apart: people's own names, the span of time, what of a thing is wanted, and then names, each in a
//! file of its own. What is left over and may have a meaning is not passed over: it is said what is not known.

mod aspect;
mod clock;
mod fact;
mod measure;
mod names;
mod question;
mod say;
mod silence;
mod span;
mod things;
mod unknown;
mod wish;
mod words;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use anyhow::{Result, anyhow};
use jiff::Zoned;
use picket_common::time::Timestamp;
use serde::Serialize;

use self::aspect::Aspect;
use self::fact::Fact;
use self::names::Vocabulary;
use self::question::Question;
use self::say::{Speaker, Subject};
use self::things::Things;
use crate::config::HubConfig;
use crate::index::Index;
use crate::line::one_line;

/// Answers `question` at `now`, one line for each thing that it is about, or with one JSON object.
///
/// # Errors
/// Nothing is known of it, and what there is; or the index cannot be read.
pub fn answer(
    config: &HubConfig,
    data: &Path,
    question: &str,
    json: bool,
    now: &Zoned,
    out: &mut dyn Write,
) -> Result<()> {
    let wish = wish::hint(question);
    let index = match (Index::read(data), &wish) {
        (Err(_), Some(hint)) => return refuse(hint, question, json, out),
        (index, _) => index?,
    };
    let things = Things::read(&index, &config.labels)?;
    let vocabulary = Vocabulary::new(&things, &config.names);
    if let Some(hint) = wish.filter(|_| !wish::is_a_name(question, &vocabulary)) {
        return refuse(&hint, question, json, out);
    }
    let found = Question::understand(question, &things, &vocabulary, now).and_then(|understood| {
        let has_nothing = understood.things.is_empty();
        if has_nothing { Err(understood.missing.join("; ")) } else { Ok(understood) }
    });
    let understood = match found {
        Ok(understood) => understood,
        Err(why) => return refuse(&why, question, json, out),
    };
    let said = Said::find(&index, &things, &understood, &Speaker { question: &understood, data, now }, config)?;
    if said.answers.is_empty() {
        return refuse(&said.notes.join("; "), question, json, out);
    }
    if json {
        return Ok(write_json(out, &Whole::of(question, &understood, &things, &said))?);
    }
    for line in said.answers.iter().map(|answer| &answer.text).chain(&said.notes) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// Says why there is no answer.
fn refuse(why: &str, question: &str, json: bool, out: &mut dyn Write) -> Result<()> {
    if json {
        write_json(out, &serde_json::json!({"question": question, "error": why}))?;
    }
    Err(anyhow!(one_line(why)))
}

/// Whether there is a word in `text` by which anything could be called.
pub(crate) fn has_words(text: &str) -> bool {
    words::of_question(text).iter().any(|word| !words::is_dividing(&word.text))
}

/// Why `name` cannot be one of people's own.
pub(crate) fn own_name(name: &str) -> Result<(), String> {
    let words = words::of_question(name);
    if !has_words(name) {
        return Err("a name is empty; write a word such as water".to_owned());
    }
    if let Some(word) = words.iter().find(|word| words::is_dividing(&word.text)) {
        return Err(format!("`{}` divides a question; leave it out", word.text));
    }
    if names::MOST_WORDS < words.len() {
        return Err(format!("a name has at most {} words", names::MOST_WORDS));
    }
    let has_meaning = |word: &str| words::is_passed_over(word) || span::is_of_time(word) || aspect::is_one(word);
    let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    if words.iter().all(|word| has_meaning(&word.text) || is_number(&word.text)) {
        return Err(format!("`{name}` has a meaning in questions already; write another word"));
    }
    Ok(())
}

/// One line of an answer, with what it says.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    node: &'a str,
    view: Option<&'a str>,
    #[serde(flatten)]
    fact: Fact,
    text: String,
    /// There is nothing of what is asked for.
    #[serde(skip)]
    is_nothing: bool,
}

/// All that is said.
struct Said<'a> {
    answers: Vec<Answer<'a>>,
    notes: Vec<String>,
}

impl<'a> Said<'a> {
    fn find(
        index: &Index,
        things: &'a Things,
        question: &Question,
        speaker: &Speaker,
        config: &HubConfig,
    ) -> Result<Said<'a>> {
        let mut said = Said { answers: Vec::new(), notes: question.missing.clone() };
        let now = speaker.now.timestamp();
        let unheard = silence::unheard(index, things, question, speaker, config)?;
        let since = question.span.as_ref().and_then(|span| span.within.since);
        let mut unknown = BTreeSet::new();
        for (id, thing) in question.things.iter().filter_map(|id| things.all.get(*id).map(|thing| (*id, thing))) {
            let heard = things.nodes.get(&thing.node);
            let quiet = heard.filter(|heard| heard.is_quiet(now, config.hub.patience.0));
            let known = quiet.map_or(now, |heard| heard.last);
            for fact in fact::of(index, question, (id, thing), heard, known)? {
                let subject = Subject { id, thing, heard, is_quiet: quiet.is_some() };
                let text = speaker.line(&subject, &fact);
                let is_nothing = fact.is_nothing(&question.states_of(id));
                // That nothing was heard does not mean that nothing was.
                let is_unknown = fact.is_of_a_span() && (is_nothing || fact.is_carried_on(since));
                if is_unknown && thing.what() != "node" && unheard.contains(&thing.node) {
                    unknown.insert(thing.node.as_str());
                    continue;
                }
                said.answers.push(Answer { node: &thing.node, view: thing.view.as_deref(), fact, text, is_nothing });
            }
        }
        if question.is_wide {
            said.leave_out_nothings();
        }
        said.notes.extend(silence::not_known(&unknown, things, speaker));
        let mut nodes: Vec<&str> = said.answers.iter().map(|answer| answer.node).collect();
        nodes.retain(|node| !unknown.contains(node));
        nodes.dedup();
        said.notes.extend(nodes.into_iter().filter_map(|node| silence::note(node, things, question, speaker, config)));
        said.notes.iter_mut().for_each(|note| *note = one_line(note));
        Ok(said)
    }

    /// Where no place is named, those with nothing to tell are counted only.
    fn leave_out_nothings(&mut self) {
        let all = self.answers.len();
        if self.answers.iter().any(|answer| !answer.is_nothing) {
            self.answers.retain(|answer| !answer.is_nothing);
        }
        match all - self.answers.len() {
            0 => {}
            1 => self.notes.push("one other: nothing".to_owned()),
            more => self.notes.push(format!("{more} others: nothing")),
        }
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Whole<'a> {
    question: &'a str,
    understood: Understood<'a>,
    answers: &'a [Answer<'a>],
    notes: &'a [String],
}

#[derive(Serialize)]
struct Understood<'a> {
    things: Vec<String>,
    states: Vec<&'a str>,
    wanted: &'a [Aspect],
    span: Option<&'a str>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl<'a> Whole<'a> {
    fn of(question: &'a str, understood: &'a Question, things: &Things, said: &'a Said<'a>) -> Whole<'a> {
        let within = understood.span.as_ref().map(|span| span.within).unwrap_or_default();
        let name = |id: &usize| things.all.get(*id).map(|thing| format!("{} {}", thing.place(), thing.what()));
        let mut states: Vec<&str> = understood.states.iter().map(|(_, state)| state.as_str()).collect();
        states.sort_unstable();
        states.dedup();
        let understood = Understood {
            things: understood.things.iter().filter_map(name).collect(),
            states,
            wanted: &understood.aspects,
            span: understood.span.as_ref().map(|span| span.said.as_str()),
            since: within.since,
            until: within.until,
        };
        Whole { question, understood, answers: &said.answers, notes: &said.notes }
    }
}

fn write_json(out: &mut dyn Write, value: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests;
