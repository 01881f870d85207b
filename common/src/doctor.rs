//! What `doctor` of both programs has in common: a list of checks in the order of the way that a frame goes, each with
//! what was found and what to try; and the probes that both need. A probe gives a [`Finding`], or what one is made of;
//! it knows neither node nor hub.
//!
//! For people, one line a check, and a second one with what to try:
//! ```text
//! ok: name: hub.local is 192.168.1.5
//! wrong: port: 192.168.1.5:5555 is closed
//!   try: start the hub there (`picket-hub run`)
//! not checked: hub: nothing listens there
//! ```
//! For programs, one JSON object a line: `{"check": "port", "verdict": "wrong", "found": "...", "try": "..."}`.

pub mod clock;
pub mod disk;
pub mod hello;
pub mod peer;
pub mod process;
#[cfg(test)]
mod tests;
pub mod zmtp;

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

use crate::exit::Told;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works, or may work, and is worth a look.
    Warning,
    /// This alone keeps frames from arriving, or harms them.
    Wrong,
    /// It could not be looked at.
    NotChecked,
}

impl Verdict {
    fn words(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Warning => "warning",
            Verdict::Wrong => "wrong",
            Verdict::NotChecked => "not checked",
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at: `port`, `camera Mailbox`.
    pub check: String,
    /// How it came out.
    pub verdict: Verdict,
    /// What was found, or why nothing could be.
    pub found: String,
    /// What to try.
    #[serde(rename = "try", skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Finding {
    /// As it should be.
    pub fn ok(check: &str, found: impl Into<String>) -> Finding {
        Finding { check: check.to_owned(), verdict: Verdict::Ok, found: found.into(), advice: None }
    }

    /// Worth a look.
    pub fn warning(check: &str, found: impl Into<String>, advice: impl Into<String>) -> Finding {
        Finding { verdict: Verdict::Warning, advice: Some(advice.into()), ..Finding::ok(check, found) }
    }

    /// To be mended.
    pub fn wrong(check: &str, found: impl Into<String>, advice: impl Into<String>) -> Finding {
        Finding { verdict: Verdict::Wrong, advice: Some(advice.into()), ..Finding::ok(check, found) }
    }

    /// It could not be looked at, and why.
    pub fn not_checked(check: &str, why: impl Into<String>) -> Finding {
        Finding { verdict: Verdict::NotChecked, ..Finding::ok(check, why) }
    }

    /// Whether it is to be mended.
    pub fn is_wrong(&self) -> bool {
        self.verdict == Verdict::Wrong
    }
}

/// Where findings are told, one after the other, as they come.
pub struct Report<'o> {
    out: &'o mut dyn Write,
    json: bool,
    first: Option<Finding>,
    warnings: usize,
}

impl<'o> Report<'o> {
    /// Tells to `out`, in JSON lines if so wanted.
    pub fn new(out: &'o mut dyn Write, json: bool) -> Report<'o> {
        Report { out, json, first: None, warnings: 0 }
    }

    /// Tells a finding.
    pub fn add(&mut self, finding: Finding) -> io::Result<()> {
        if self.json {
            serde_json::to_writer(&mut self.out, &finding)?;
            writeln!(self.out)?;
        } else {
            let Finding { check, verdict, found, advice } = &finding;
            writeln!(self.out, "{}: {}: {}", verdict.words(), plain(check), plain(found))?;
            advice.iter().try_for_each(|advice| writeln!(self.out, "  try: {}", plain(advice)))?;
        }
        match finding.verdict {
            Verdict::Wrong if self.first.is_none() => self.first = Some(finding),
            Verdict::Warning => self.warnings += 1,
            _ => {}
        }
        // What takes long comes later.
        self.out.flush()
    }

    /// Tells what is to be mended first, if anything is.
    ///
    /// # Errors
    /// [`Told`] where something is wrong, for the exit status.
    pub fn finish(self) -> anyhow::Result<()> {
        if !self.json {
            let closing = match (&self.first, self.warnings) {
                (Some(Finding { check, found, .. }), _) => {
                    format!("mend first: {}: {}", plain(check), plain(found.lines().next().unwrap_or_default()))
                }
                (None, 0) => "nothing wrong was found".to_owned(),
                (None, 1) => "nothing wrong was found; see the warning".to_owned(),
                (None, warnings) => format!("nothing wrong was found; see the {warnings} warnings"),
            };
            writeln!(self.out, "{closing}")?;
            self.out.flush()?;
        }
        if self.first.is_some() { Err(Told.into()) } else { Ok(()) }
    }
}

/// One line without control characters: much of it was said by strangers.
fn plain(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.trim_end().chars() {
        match c {
            '\n' => line.push_str("\n    "),
            c if c.is_control() => line.extend(c.escape_default()),
            c => line.push(c),
        }
    }
    line
}

/// A length of time in its two largest units: `4m 10s`, `3d 2h`; below a minute, `12.5s`.
pub fn length(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 59.95 {
        return format!("{seconds:.1}s");
    }
    let seconds = seconds.round() as u64;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes}m {}s", seconds % 60),
        (0, _) => format!("{hours}h {minutes}m"),
        _ => format!("{days}d {hours}h"),
    }
}
