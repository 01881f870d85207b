//! `picket-hub latest`: the live pictures of the hub that is running, as a table for people or as JSON lines, and one of
//! them as a JPEG file. Knows no socket.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use picket_common::bytes::Bytes;
use picket_common::config;
use picket_common::time::SystemClock;

use crate::ask::look;
use crate::line;
use crate::list::table::Table;
use crate::live::Shown;
use crate::picture;

/// What is shown of live pictures.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Only the picture of this text, as it is listed.
    text: Option<String>,
    /// Writes it there, as a JPEG file.
    #[arg(long, value_name = "FILE", requires = "text")]
    save: Option<PathBuf>,
    /// One JSON object a line instead of a table.
    #[arg(long)]
    json: bool,
}

/// Lists the live pictures of the hub that is running over `data`, or shows or saves one.
pub fn run(data: &Path, options: &Options, out: &mut impl Write) -> Result<()> {
    let Some(text) = &options.text else { return print(&look::list(data, &SystemClock)?, options.json, out) };
    let (shown, body) = look::fetch(data, text, &SystemClock)?;
    let Some(file) = &options.save else { return print(&[shown], options.json, out) };
    let jpeg = match shown.raw {
        Some(raw) => picture::encode(raw, &body).map_err(|reason| anyhow!(reason))?,
        None => body,
    };
    fs::write(file, &jpeg).with_context(|| format!("cannot write {}", file.display()))?;
    let (text, age) = (line::one_line(&shown.text), age(&shown));
    Ok(writeln!(out, "{text}, {age} old, is saved in {}", file.display())?)
}

fn print(pictures: &[Shown], json: bool, out: &mut impl Write) -> Result<()> {
    if json {
        for shown in pictures {
            writeln!(out, "{}", serde_json::to_string(shown)?)?;
        }
        return Ok(());
    }
    if pictures.is_empty() {
        writeln!(out, "no test picture has come since the hub was started (one whose text has no `|`)")?;
        return Ok(());
    }
    let mut table = Table::new(&["TEXT", "AGE>", "SIZE>", "FORM"]);
    for shown in pictures {
        let size = Bytes(shown.bytes).to_string();
        let kind = if shown.raw.is_some() { "raw" } else { "jpg" };
        let form = format!("{kind} {}x{}", shown.width, shown.height);
        table.row(vec![shown.text.clone(), age(shown), size, form]);
    }
    Ok(table.print(out)?)
}

/// In its largest unit, rounded down: `12s`, `3m`.
fn age(shown: &Shown) -> String {
    let seconds = shown.age_ms / 1000;
    let unit = [86_400, 3600, 60].into_iter().find(|unit| *unit <= seconds).unwrap_or(1);
    config::Duration(std::time::Duration::from_secs(seconds / unit * unit)).to_string()
}
