//! Migrates.

use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};

/// Runs.
pub fn run(_file: &Path, _out: &mut impl Write) -> Result<()> {
    bail!("not there yet")
}
