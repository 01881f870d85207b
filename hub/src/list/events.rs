//! `picket-hub events`.

use std::io::Write;
use std::path::Path;

use jiff::Zoned;

use super::table::Table;
use super::{Filter, duration, json_line, more, nothing, pinned, stamped};
use crate::index::{EventRow, Index};

/// Lists events and readings, the newest last.
pub fn events(data: &Path, filter: &Filter, json: bool, now: &Zoned, out: &mut dyn Write) -> anyhow::Result<()> {
    let wanted = filter.wanted(now, json)?;
    let index = Index::read(data)?;
    let heads =
        ["NUMBER>", "START", "LASTED>", "NODE", "VIEW", "WHAT", "STATE", "SCORE>", "IMAGES>", "PINNED?", "TEXT"];
    let mut table = Table::new(&heads);
    let mut any = false;
    let cut = index.events(&wanted, &mut |row| {
        any = true;
        if json {
            return json_line(out, &row);
        }
        table.row(cells(row, now));
        Ok(())
    })?;
    if !any && !json {
        nothing("events", filter, data);
    } else if !json {
        table.print(out)?;
        if cut {
            more(out, "events", table.len())?;
        }
    }
    Ok(())
}

fn cells(row: EventRow, now: &Zoned) -> Vec<String> {
    // Told only where the other columns do not tell it.
    let subject = row.view.as_ref().map_or_else(|| row.node.clone(), |view| format!("{} {view}", row.node));
    let usual = format!("{subject}|{}|{}", row.what, row.state);
    let named = row.detector.as_ref().map(|detector| format!("{usual}|{detector}"));
    // A reading's text is the shorter one, `48.3 C` of 48.312.
    let is_reading = row.value.is_some() && row.text.starts_with(&format!("{subject}|{}|", row.what));
    let is_usual = is_reading || row.text == usual || named.is_some_and(|named| row.text == named);
    let text = if is_usual { row.reason.unwrap_or_default() } else { row.text };
    let lasted = match row.end {
        None => "ongoing".to_owned(),
        Some(end) if end == row.start => String::new(),
        Some(end) => duration(row.start, end),
    };
    let what = match row.detector {
        Some(detector) if detector != row.what => format!("{} ({detector})", row.what),
        _ => row.what,
    };
    let images = match (row.images, row.gone) {
        (0, _) => String::new(),
        (images, 0) => images.to_string(),
        (images, gone) => format!("{} of {images}", images.saturating_sub(gone)),
    };
    vec![
        row.number.to_string(),
        stamped(row.start, row.doubtful, now),
        lasted,
        row.node,
        row.view.unwrap_or_default(),
        what,
        row.state,
        row.score.map(|score| format!("{:.1} %", score * 100.0)).unwrap_or_default(),
        images,
        pinned(row.pinned),
        text,
    ]
}
