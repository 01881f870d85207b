//! `picket-hub doctor`: what is wrong when nothing arrives, and what to try. It looks along the way of a frame: the address
//! where it comes in, the hub that takes it, who has sent any, this machine's clock, and the data directory. Each check is
//! in a file of its own below, or in [`picket_common::doctor`] where the node has the same. Nothing of the hub's is changed,
//! and a hub that runs takes the doctor's hello for no node's.

mod answer;
mod data;
mod listen;
mod nodes;
mod page;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use picket_common::doctor::{Finding, Report, clock};
use picket_common::time::{Clock, SystemClock};

use crate::config::HubConfig;
use crate::store;

/// What the command line says.
#[derive(Debug, Default, clap::Args)]
pub struct Options {
    /// As for `run`.
    pub config: Option<PathBuf>,
    /// The data directory, whatever the configuration says.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Where the hub listens, whatever the configuration says.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
}

/// Looks, and tells each finding as it comes.
///
/// # Errors
/// Something is wrong ([`picket_common::exit::Told`]), or `out` cannot be written to.
pub fn run(options: &Options, out: &mut dyn Write) -> Result<()> {
    let mut report = Report::new(out, options.json);
    match HubConfig::load(options.config.as_deref()) {
        Ok((path, mut config)) => {
            let hub = &mut config.hub;
            hub.data_directory = options.data.clone().unwrap_or_else(|| std::mem::take(&mut hub.data_directory));
            hub.listen = options.listen.clone().unwrap_or_else(|| std::mem::take(&mut hub.listen));
            let path =
                path.map_or_else(|| "no file, so the built-in one".to_owned(), |path| path.display().to_string());
            report.add(Finding::ok("configuration", path))?;
            examine(&config, &SystemClock, &mut report)?;
        }
        Err(error) => {
            let advice = "mend the file until `picket-hub check` finds nothing wrong";
            report.add(Finding::wrong("configuration", error.to_string(), advice))?;
            for check in ["address", "hub", "data"] {
                report.add(Finding::not_checked(check, "without a configuration it is not known where"))?;
            }
            report.add(clock::own(&SystemClock))?;
        }
    }
    report.finish()
}

/// What can be looked at with a configuration.
pub fn examine(config: &HubConfig, clock: &dyn Clock, report: &mut Report<'_>) -> Result<()> {
    let hub = &config.hub;
    let mut tell = |findings: Vec<Finding>| findings.into_iter().try_for_each(|finding| report.add(finding));
    let user = store::user_of(&hub.data_directory);
    let (findings, listening) = listen::look(&hub.listen, user.as_ref());
    tell(findings)?;
    tell(match listening {
        Some(address) => answer::look(address, clock)?,
        None => vec![Finding::not_checked("hub", "nothing listens at its address")],
    })?;
    let shut = data::shut(&hub.data_directory);
    tell(match &shut {
        Some(_) => vec![Finding::not_checked("nodes", "the data directory is shut")],
        None => nodes::look(config, clock),
    })?;
    tell(vec![clock::own(clock)])?;
    if shut.is_none() {
        tell(data::retention(&hub.data_directory, &config.retention).into_iter().collect())?;
        tell(page::look(&hub.data_directory, &config.web))?;
    }
    tell(shut.map_or_else(|| data::look(&hub.data_directory, user.as_ref()), |shut| vec![shut]))?;
    Ok(())
}
