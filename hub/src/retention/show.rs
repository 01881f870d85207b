//! `picket-hub retention`: the rules, how full it is, and what goes.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use jiff::Zoned;
use picket_common::bytes::Bytes;
use picket_common::room::Room;
use picket_common::shutdown::Shutdown;
use picket_common::time::{Clock, SystemClock};
use serde_json::json;

use super::{Report, Sum, Unreachable, dry_run};
use crate::config::RetentionConfig;
use crate::index::{Index, Total};
use crate::list::table::Table;
use crate::shelver::{Order, Status};
use crate::steward::Steward;
use crate::store;

/// A running hub is asked again so often whether it is done.
const PAUSE: Duration = Duration::from_millis(200);

/// What is asked for.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Says what would be deleted now, and deletes nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

/// The rules of a configuration, and where it is.
pub struct Rules {
    /// The rules.
    pub rules: RetentionConfig,
    /// Its file; none where there is none.
    pub file: Option<PathBuf>,
}

/// Tells what goes and, unless it is a dry run, has it deleted. `rules` hold where no hub is running.
pub fn run(data: &Path, rules: Rules, options: &Options, now: &Zoned, out: &mut dyn Write) -> Result<()> {
    let running = store::user_of(data).is_some();
    let status = if running { Steward::of(data, None)?.status()?.rules } else { None };
    let source = match (&status, &rules.file) {
        (Some(_), _) => "of the hub that is running".to_owned(),
        (None, Some(file)) => format!("of {}", file.display()),
        (None, None) => "built in, for there is no configuration".to_owned(),
    };
    let rules = status.unwrap_or(rules.rules);
    let state = State::of(data, rules, now)?;
    if options.json {
        writeln!(out, "{}", state.json())?;
    } else {
        state.print(&source, now, out)?;
    }
    let goes = !state.report.0.is_empty();
    if options.dry_run || !goes {
        return Ok(());
    }
    let deleted = delete(data, state.rules)?;
    if !options.json {
        let words = sum_words(report_of(&deleted).whole());
        writeln!(
            out,
            "{}",
            words.map_or_else(|| "nothing was deleted".to_owned(), |words| format!("deleted {words}"))
        )?;
    }
    Ok(())
}

/// What is said after an import, before a hub deletes what is beyond its rules.
pub fn warn_of_import(data: &Path, rules: RetentionConfig, now: &Zoned, out: &mut dyn Write) -> Result<()> {
    let state = State::of(data, rules, now)?;
    let Some(words) = sum_words(state.report.whole()) else { return Ok(()) };
    writeln!(
        out,
        "The rules of retention ({}) will delete {words} when the hub runs: `picket-hub retention --dry-run` tells which. Pin \
         what is to stay (`picket-hub pin --help`), or change the rules, before it is started.",
        state.rules
    )?;
    Ok(())
}

/// Has it deleted, and waits until that is done.
fn delete(data: &Path, rules: RetentionConfig) -> Result<Status> {
    let mut steward = Steward::of(data, Some(rules))?;
    steward.give(Order::Retain)?;
    loop {
        let status = steward.status()?;
        if !status.busy {
            return Ok(status);
        }
        if matches!(steward, Steward::Hub(_)) {
            SystemClock.wait(PAUSE, &Shutdown::new());
        }
    }
}

fn report_of(status: &Status) -> Report {
    Report(status.deleted.iter().map(|(rule, node, sum)| ((*rule, node.clone()), *sum)).collect())
}

/// What there is, and what goes.
struct State {
    rules: RetentionConfig,
    room: Option<Room>,
    nodes: BTreeMap<String, (u64, u64)>,
    pins: (u64, u64),
    report: Report,
    unreachable: Option<Unreachable>,
}

impl State {
    fn of(data: &Path, rules: RetentionConfig, now: &Zoned) -> Result<State> {
        let index = Index::read(data)?;
        let room = store::room(data).ok();
        let (report, unreachable) = dry_run(&index, data, &rules, room, now.timestamp())?;
        let mut nodes: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for Total { node, images, bytes, .. } in index.totals()? {
            let sum = nodes.entry(node).or_default();
            *sum = (sum.0 + images, sum.1 + bytes);
        }
        Ok(State { rules, room, nodes, pins: index.pins()?, report, unreachable })
    }

    fn json(&self) -> serde_json::Value {
        let nodes: Vec<_> = self
            .nodes
            .iter()
            .map(|(node, (images, bytes))| json!({"node": node, "images": images, "bytes": bytes}))
            .collect();
        let goes: Vec<_> = self
            .report
            .0
            .iter()
            .map(|((rule, node), sum)| {
                json!({"rule": rule, "node": node, "images": sum.images, "bytes": sum.bytes,
                       "oldest": sum.oldest, "newest": sum.newest})
            })
            .collect();
        let disk = self.room.map(|room| json!({"total": room.total, "free": room.free}));
        let pinned = json!({"events": self.pins.0, "images": self.pins.1});
        let missing = self.unreachable.map(|unreachable| unreachable.missing);
        json!({"rules": self.rules, "disk": disk, "nodes": nodes, "pinned": pinned, "out_of_reach": missing, "goes": goes})
    }

    fn print(&self, source: &str, now: &Zoned, out: &mut dyn Write) -> Result<()> {
        writeln!(out, "rules, {source}: {}", self.rules)?;
        if let Some(Room { total, free, .. }) = self.room {
            let share = if total == 0 { 100.0 } else { free as f64 / total as f64 * 100.0 };
            writeln!(out, "disk: {} of {} are free ({share:.1} %)", Bytes(free), Bytes(total))?;
        }
        let (images, bytes) = self.nodes.values().fold((0, 0), |all, node| (all.0 + node.0, all.1 + node.1));
        writeln!(out, "images: {images} with {}", Bytes(bytes))?;
        for (node, (images, bytes)) in &self.nodes {
            writeln!(out, "  {node}: {images} with {}", Bytes(*bytes))?;
        }
        writeln!(out, "pinned events: {}, pinned images: {}", self.pins.0, self.pins.1)?;
        if let Some(Unreachable { missing, images }) = self.unreachable {
            writeln!(
                out,
                "something else fills the disk: {} are missing to what shall be free, and all images have {}; they stay \
                 while there is any room",
                Bytes(missing),
                Bytes(images)
            )?;
        }
        let Some(words) = sum_words(self.report.whole()) else { return Ok(writeln!(out, "nothing is to be deleted")?) };
        let mut table = Table::new(&["RULE", "NODE", "IMAGES>", "SIZE>", "OLDEST", "NEWEST"]);
        let time =
            |time: jiff::Timestamp| time.to_zoned(now.time_zone().clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
        for ((rule, node), sum) in &self.report.0 {
            let (oldest, newest) = (time(sum.oldest), time(sum.newest));
            table.row(vec![
                rule.to_string(),
                node.clone(),
                sum.images.to_string(),
                Bytes(sum.bytes).to_string(),
                oldest,
                newest,
            ]);
        }
        table.print(out)?;
        Ok(writeln!(out, "to be deleted: {words}")?)
    }
}

fn sum_words(sum: Option<Sum>) -> Option<String> {
    let sum = sum?;
    let images = if sum.images == 1 { "image" } else { "images" };
    Some(format!("{} {images} with {}", sum.images, Bytes(sum.bytes)))
}
