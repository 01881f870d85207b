//! `picket-hub nodes`.

use std::io::{self, Write};
use std::path::Path;

use jiff::Zoned;

use picket_common::event::HealthData;

use super::problem::problems;
use super::table::Table;
use super::{Filter, duration, health, json_line, local, more, nothing};
use crate::index::{Index, NodeRow, ReadingRow, StateRow};
use crate::line::one_line;

/// Lists nodes by name, each with its health, what its detectors see and its sensors read.
pub fn nodes(data: &Path, filter: &Filter, json: bool, now: &Zoned, out: &mut dyn Write) -> anyhow::Result<()> {
    let wanted = filter.wanted(now, json)?;
    let index = Index::read(data)?;
    let mut rows = index.nodes(&wanted)?;
    let limit = wanted.limit.unwrap_or(usize::MAX);
    let cut = limit < rows.len();
    if cut {
        rows.sort_by_key(|row| std::cmp::Reverse(row.last_seen));
        rows.truncate(limit);
        rows.reverse();
    }
    if rows.is_empty() {
        nothing("nodes", filter, data);
    }
    for (place, row) in rows.iter().enumerate() {
        if json {
            json_line(out, row)?;
            continue;
        }
        if 0 < place {
            writeln!(out)?;
        }
        node(row, now, out)?;
    }
    if cut && !json {
        writeln!(out)?;
        more(out, "nodes", rows.len())?;
    }
    let rejected = index.rejected()?;
    if rejected > 0 && !json {
        let place = data.join("rejected");
        writeln!(
            out,
            "\n{rejected} messages could not be stored; they are in {}, each with its reason",
            place.display()
        )?;
    }
    Ok(())
}

fn node(row: &NodeRow, now: &Zoned, out: &mut dyn Write) -> io::Result<()> {
    let ago = duration(row.last_seen, now.timestamp());
    let silent = if row.silent { "SILENT, " } else { "" };
    let stopped = row.stopped().map(|since| format!("stopped {}, ", local(since, now))).unwrap_or_default();
    write!(out, "{}: {silent}{stopped}last heard {} ({ago} ago)", row.node, local(row.last_seen, now))?;
    for (what, value) in [("version", &row.version), ("hardware", &row.hardware)] {
        if let Some(value) = value {
            write!(out, ", {what} {}", one_line(value))?;
        }
    }
    writeln!(out)?;
    health_lines(HealthData::read(&row.health).as_ref(), row, out)?;
    let mut table = Table::new(&["VIEW", "WHAT", "NOW", "SINCE", "FOR>", "BEFORE"]).indented();
    row.states.iter().for_each(|state| table.row(state_cells(state, now)));
    row.readings.iter().for_each(|reading| table.row(reading_cells(reading, now)));
    if 0 < table.len() { table.print(out) } else { Ok(()) }
}

/// A silent node's health is as it was when it was last heard.
fn health_lines(health: Option<&HealthData>, row: &NodeRow, out: &mut dyn Write) -> io::Result<()> {
    let problems: Vec<String> = problems(row).into_iter().map(|problem| problem.text).collect();
    let lines = [
        ("PROBLEMS", problems.join(", ")),
        ("health", health.map(health::machine).unwrap_or_default()),
        ("cameras", health.map(health::cameras).unwrap_or_default()),
        ("waiting", health.map(health::waiting).unwrap_or_default()),
    ];
    let then = if row.silent { " (then)" } else { "" };
    for (name, line) in lines.iter().filter(|(_, line)| !line.is_empty()) {
        writeln!(out, "  {name}{then}: {}", one_line(line))?;
    }
    Ok(())
}

fn state_cells(row: &StateRow, now: &Zoned) -> Vec<String> {
    let what = match &row.detector {
        Some(detector) if *detector != row.what => format!("{} ({detector})", row.what),
        _ => row.what.clone(),
    };
    vec![
        row.view.clone().unwrap_or_default(),
        what,
        row.state.clone(),
        local(row.since, now),
        duration(row.since, now.timestamp()),
        row.before.clone().unwrap_or_default(),
    ]
}

/// A reading holds since it was read.
fn reading_cells(row: &ReadingRow, now: &Zoned) -> Vec<String> {
    vec![
        row.view.clone().unwrap_or_default(),
        row.name.clone(),
        format!("{} {}", row.value, row.unit).trim_end().to_owned(),
        local(row.at, now),
        duration(row.at, now.timestamp()),
        String::new(),
    ]
}
