//! Latest.

use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};

/// What.
#[derive(Debug, clap::Args)]
pub struct Options {}

/// Runs.
pub fn run(_data: &Path, _options: &Options, _out: &mut impl Write) -> Result<()> {
    bail!("not there yet")
}
