//! `picket-hub images`.

use std::io::Write;
use std::path::Path;

use jiff::Zoned;

use super::table::Table;
use super::{Filter, json_line, more, nothing, pinned, stamped};
use crate::index::{ImageRow, Index};

/// Lists images, the newest last.
pub fn images(data: &Path, filter: &Filter, json: bool, now: &Zoned, out: &mut dyn Write) -> anyhow::Result<()> {
    let wanted = filter.wanted(now, json)?;
    let index = Index::read(data)?;
    let mut table = Table::new(&["TAKEN", "NODE", "VIEW", "ROLE", "BYTES>", "PIXELS>", "PINNED?", "FILE"]);
    let mut any = false;
    let cut = index.images(&wanted, &mut |row| {
        any = true;
        if json {
            return json_line(out, &row);
        }
        table.row(cells(row, data, now));
        Ok(())
    })?;
    if !any && !json {
        nothing("images", filter, data);
    } else if !json {
        table.print(out)?;
        if cut {
            more(out, "images", table.len())?;
        }
    }
    Ok(())
}

fn cells(row: ImageRow, data: &Path, now: &Zoned) -> Vec<String> {
    let pixels = match (row.width, row.height) {
        (Some(width), Some(height)) => format!("{width}x{height}"),
        _ => String::new(),
    };
    vec![
        stamped(row.at, row.doubtful, now),
        row.node,
        row.view.unwrap_or_default(),
        row.role.unwrap_or_default(),
        row.size.to_string(),
        pixels,
        pinned(row.pinned),
        data.join(row.file).display().to_string(),
    ]
}
