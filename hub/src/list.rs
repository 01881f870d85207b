//! `picket-hub events`, `images` and `nodes`: the index as tables for people, or as JSON lines for programs.
//! Reads beside a running hub, or after it. Knows neither the clock nor where the data directory is.

mod events;
pub(crate) mod health;
mod images;
pub(crate) mod nodes;
pub(crate) mod problem;
pub(crate) mod table;

use std::io::Write;
use std::path::Path;

use anyhow::anyhow;
use jiff::{Timestamp, Zoned};
use picket_common::doctor::length;

use crate::access::Sight;
use crate::index::Wanted;
use crate::when::{self, Edge};

pub use self::events::events;
pub use self::images::images;
pub use self::nodes::nodes;

/// How many rows a table has unless told; JSON lines have all.
const TABLE_ROWS: usize = 100;

/// Which rows to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
pub struct Filter {
    /// Only this node, in whatever case
    #[arg(long, value_name = "NAME")]
    pub node: Option<String>,
    /// Only this view, in whatever case
    #[arg(long, value_name = "NAME")]
    pub view: Option<String>,
    /// Only this: for events and nodes what it is about (motion, light, Temp, Restart), for images why
    /// they were kept (trigger, during, best)
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// From then on: yesterday, "2h ago", 06:00, 2026-11-20, "2026-11-20 06:00"
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Before then; a day's name or date means to its end
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Only the newest N; tables show 100 unless told, JSON lines all
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

impl Filter {
    /// The question to the index, with times as people say them understood at `now`.
    pub(crate) fn wanted(&self, now: &Zoned, json: bool) -> anyhow::Result<Wanted> {
        let time = |text: &Option<String>, option: &str, edge| {
            let parse = |text: &String| when::parse(text, now, edge).map_err(|why| anyhow!("{option}: {why}"));
            text.as_ref().map(parse).transpose()
        };
        let (since, until) = (time(&self.since, "--since", Edge::Since)?, time(&self.until, "--until", Edge::Until)?);
        if let (Some(since), Some(until)) = (since, until)
            && until <= since
        {
            let [since, until] = [since, until].map(|time| local(time, now));
            return Err(anyhow!("--since {since} is not before --until {until}; nothing lies between"));
        }
        let limit = self.limit.or((!json).then_some(TABLE_ROWS));
        let (node, view, kind) = (self.node.clone(), self.view.clone(), self.kind.clone());
        Ok(Wanted { node, view, kind, since, until, limit, sight: Sight::everything() })
    }
}

/// Lists nothing, and says so where it is not in the way of a program.
fn nothing(what: &str, filter: &Filter, data: &Path) {
    let narrowed = filter.node.is_some() || filter.view.is_some() || filter.kind.is_some();
    let narrowed = narrowed || filter.since.is_some() || filter.until.is_some();
    let which = if narrowed { " like that" } else { "" };
    eprintln!("no {what}{which} in {}", data.display());
}

/// The last line of a table that does not show all.
fn more(out: &mut dyn Write, what: &str, shown: usize) -> std::io::Result<()> {
    let these = if shown == 1 { "this is the newest one".to_owned() } else { format!("these are the newest {shown}") };
    writeln!(out, "{these}; there are more {what}: --limit N shows more, --since TIME narrows")
}

fn pinned(pinned: bool) -> String {
    if pinned { "yes".to_owned() } else { String::new() }
}

fn json_line(out: &mut dyn Write, row: &impl serde::Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, row)?;
    out.write_all(b"\n")
}

/// A time as the hub's clock on the wall shows it.
fn local(time: Timestamp, now: &Zoned) -> String {
    time.to_zoned(now.time_zone().clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The same with a `~` before it where nobody can be sure of it: the clock that gave it was not set.
fn stamped(time: Timestamp, is_doubtful: bool, now: &Zoned) -> String {
    format!("{}{}", if is_doubtful { "~" } else { "" }, local(time, now))
}

/// A length of time in its two largest units: `4m 10s`, `3d 2h`; below a minute, `12.5s`.
fn duration(from: Timestamp, to: Timestamp) -> String {
    length(to.duration_since(from).try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests;
