//! Doctor.

use std::io::Write;

use anyhow::{Result, bail};

use crate::config::HubConfig;

/// Runs.
pub fn run(_config: &HubConfig, _out: &mut impl Write) -> Result<()> {
    bail!("not there yet")
}
