//! What is wrong.

use std::io::Write;

use anyhow::{Result, bail};

use crate::config::NodeConfig;

/// Looks.
pub fn run(_config: &NodeConfig, _out: &mut impl Write) -> Result<()> {
    bail!("not there yet")
}
