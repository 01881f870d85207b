//! Test pictures.

use std::io::Write;

use anyhow::{Result, bail};

/// What is sent, and where to.
#[derive(Debug, clap::Args)]
pub struct Options {}

/// Sends.
pub fn run(_options: &Options, _out: &mut impl Write) -> Result<()> {
    bail!("not there yet")
}
