//! Receives.

use std::io::Write;

use anyhow::{Result, bail};

/// What.
#[derive(Debug, clap::Args)]
pub struct Options {}

/// Runs.
pub fn run(_options: &Options, _out: &mut impl Write) -> Result<()> {
    bail!("not there yet")
}
