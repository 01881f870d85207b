//! When a lamp is on, in the words of the file: `always`, `dusk..dawn`, `23:00..05:00`, `with pir`, or a time and
//! an occasion together, `dusk..dawn with pir`.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Time;
use picket_common::config::Scalar;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

picket_common::scalar!(When);

/// When a lamp is on: one [`When`], or a list of which any one suffices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Written", into = "Written")]
pub struct Whens(pub Vec<When>);

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Written {
    One(When),
    Several(#[schemars(length(min = 1), extend("examples" = [["06:00..08:00", "with pir"]]))] Vec<When>),
}

impl From<Written> for Whens {
    fn from(written: Written) -> Whens {
        match written {
            Written::One(one) => Whens(vec![one]),
            Written::Several(several) => Whens(several),
        }
    }
}

impl From<Whens> for Written {
    fn from(Whens(mut several): Whens) -> Written {
        match (several.pop(), several.is_empty()) {
            (Some(one), true) => Written::One(one),
            (last, _) => Written::Several(several.into_iter().chain(last).collect()),
        }
    }
}

/// A time, and an occasion if there is one; both must be.
#[derive(Debug, Clone, PartialEq)]
pub struct When {
    /// The time.
    pub span: Span,
    /// The input or detector that must be active.
    pub with: Option<String>,
}

/// A part of the day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Span {
    /// All of it.
    Always,
    /// From one local time of day to another, over midnight where the second comes first.
    Clock(Time, Time),
    /// While it is dark; from a time of the evening on, to a time in the night, where these are given.
    Dark { from: Option<Time>, to: Option<Time> },
}

impl Scalar for When {
    const FORMAT: &'static str = "picket-when";
    const PATTERN: &'static str = "^((always|(dusk|[0-9]{1,2}:[0-9]{2})\\.\\.(dawn|[0-9]{1,2}:[0-9]{2}))( +with +[^ ]+)?\
                                   |with +[^ ]+)$";
    const EXAMPLES: &'static [&'static str] =
        &["always", "dusk..dawn", "23:00..05:00", "dusk..23:00", "with pir", "dusk..dawn with pir"];
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<When, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (time, occasion) = match words.iter().position(|word| *word == "with") {
            Some(at) => (words.get(..at).unwrap_or_default(), words.get(at + 1..)),
            None => (words.as_slice(), None),
        };
        let with = match occasion {
            None => None,
            Some([name]) => Some((*name).to_owned()),
            Some([]) => {
                return Err(format!("`{text}` names nothing; write with and an input's name, such as with pir"));
            }
            Some(_) => return Err(format!("`{text}` has more than one name; write a list, [with pir, with gate]")),
        };
        let span = match time {
            [] if with.is_some() => Span::Always,
            words => span(&words.join(" "))?,
        };
        Ok(When { span, with })
    }
}

fn span(text: &str) -> Result<Span, String> {
    match text {
        "always" => return Ok(Span::Always),
        "on" | "true" | "yes" => return Err(format!("`{text}` does not say when; write always, or dusk..dawn")),
        "off" | "false" | "no" | "never" => return Err(format!("`{text}` is no time; leave this lamp out instead")),
        "night" | "dark" => return Err(format!("`{text}` is not understood; write dusk..dawn")),
        "day" | "dawn..dusk" => {
            return Err(format!("`{text}` is not known: lamps are for the dark; write always, or times of day"));
        }
        _ => {}
    }
    let Some((from, to)) = text.split_once("..") else { return Err(not_a_span(text)) };
    match (from.trim(), to.trim()) {
        ("dusk", "dawn") => Ok(Span::Dark { from: None, to: None }),
        ("dusk", to) => Ok(Span::Dark { from: None, to: Some(time(to)?) }),
        (from, "dawn") => Ok(Span::Dark { from: Some(time(from)?), to: None }),
        (from, to) => match (time(from)?, time(to)?) {
            (from, to) if from == to => {
                Err(format!("`{text}` ends when it begins; write always, or two times such as 23:00..05:00"))
            }
            (from, to) => Ok(Span::Clock(from, to)),
        },
    }
}

/// What was probably meant by a text without `..`.
fn not_a_span(text: &str) -> String {
    let dotted = text.replace(" to ", "..").replace(['-', '–', '—', '…'], "..").replace(' ', "");
    let dotted = dotted.replace("sunset", "dusk").replace("sunrise", "dawn");
    if dotted != text && span(&dotted).is_ok() {
        return format!("`{text}` is not understood; write {dotted}");
    }
    let is_name = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'));
    if is_name {
        return format!("`{text}` is not a time; write with {text} if it is an input or a view, or dusk..dawn");
    }
    format!("`{text}` is not understood; write always, dusk..dawn, 23:00..05:00 or with pir")
}

fn time(text: &str) -> Result<Time, String> {
    let meant = text.replace("sunset", "dusk").replace("sunrise", "dawn");
    if meant != text {
        return Err(format!("`{text}` is not known; write {meant}"));
    }
    if matches!(text, "dusk" | "dawn") {
        return Err(format!("`{text}` stands on the wrong side; dusk comes first and dawn last, as in dusk..dawn"));
    }
    let part = |part: &str, digits: &[usize]| {
        let plain = digits.contains(&part.len()) && part.bytes().all(|c| c.is_ascii_digit());
        plain.then(|| part.parse::<i8>().ok()).flatten()
    };
    let parts = text.split_once(':').map(|(hour, minute)| (part(hour, &[1, 2]), part(minute, &[2])));
    let time = match parts {
        // The end of the day is midnight.
        Some((Some(24), Some(0))) => Some(Time::midnight()),
        Some((Some(hour), Some(minute))) => Time::new(hour, minute, 0, 0).ok(),
        _ => None,
    };
    time.ok_or_else(|| format!("`{text}` is not a time of day; write hours and minutes, such as 05:00 or 23:30"))
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.span, &self.with) {
            (Span::Always, Some(name)) => write!(f, "with {name}"),
            (span, Some(name)) => write!(f, "{span} with {name}"),
            (span, None) => span.fmt(f),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = |time: &Time| format!("{:02}:{:02}", time.hour(), time.minute());
        let or = |time: &Option<Time>, word: &str| time.as_ref().map_or_else(|| word.to_owned(), clock);
        match self {
            Span::Always => f.write_str("always"),
            Span::Clock(from, to) => write!(f, "{}..{}", clock(from), clock(to)),
            Span::Dark { from, to } => write!(f, "{}..{}", or(from, "dusk"), or(to, "dawn")),
        }
    }
}

#[cfg(test)]
mod tests;
