//! `picket-node doctor`: what is wrong when nothing arrives at the hub, and what to try. It looks along the way of a frame:
//! the cameras and sensors, this machine, what waits in the spool, the network, the hub. Each check is in a file of its own below, or in
//! [`picket_common::doctor`] where the hub has the same. Nothing is changed anywhere, and the hub takes the doctor's hello
//! for no node's.

mod address;
mod camera;
mod hub;
mod publish;
mod sensor;
mod spool;
#[cfg(test)]
mod tests;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use picket_common::config::hostname;
use picket_common::doctor::process::{self, Process};
use picket_common::doctor::{Finding, Report, clock, disk};
use picket_common::time::{Clock, SystemClock};

use crate::config::{NodeConfig, Protocol};
use crate::health::Health;
use crate::pins;

/// Where the packaged service writes; the machine itself where that is not there.
const FOLDERS: [&str; 2] = ["/var/lib/picket-node", "/"];

/// What the command line says.
#[derive(Debug, Default, clap::Args)]
pub struct Options {
    /// As for `run`.
    pub config: Option<PathBuf>,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
}

/// Looks, and tells each finding as it comes.
///
/// # Errors
/// Something is wrong ([`picket_common::exit::Told`]), or `out` cannot be written to.
pub fn run(options: &Options, out: &mut dyn Write) -> Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut report = Report::new(out, options.json);
    match NodeConfig::load(options.config.as_deref()) {
        Ok((path, config)) => {
            let name = config.node.name.as_deref().unwrap_or_default();
            report.add(Finding::ok("configuration", format!("{}, node {name}", path.display())))?;
            examine(&path, &config, &clock, &mut report)?;
        }
        Err(error) => {
            let advice = "mend the file until `picket-node check` finds nothing wrong";
            report.add(Finding::wrong("configuration", error.to_string(), advice))?;
            for check in ["cameras", "sensors", "spool", "hub"] {
                report.add(Finding::not_checked(check, "without a configuration it is not known where"))?;
            }
            report.add(space())?;
            report.add(clock::own(&*clock))?;
        }
    }
    report.finish()
}

/// What can be looked at with a configuration, which lies at `path`.
pub fn examine(path: &Path, config: &NodeConfig, clock: &Arc<dyn Clock>, report: &mut Report<'_>) -> Result<()> {
    let nodes = process::running("picket-node", "run").into_iter();
    let nodes = nodes.map(|process| (process.configuration("picket-node"), process)).collect();
    let (running, finding) = service(path, nodes);
    report.add(finding)?;
    for finding in camera::look(&config.cameras, clock, running.as_ref()) {
        report.add(finding)?;
    }
    let board = config.needs_pins().then(pins::open);
    if let Some(board) = &board {
        report.add(pins_of(board.as_ref().map(|board| board.name())))?;
    }
    let board = board.and_then(Result::ok);
    for finding in sensor::look(&config.sensors, clock, board.as_ref(), running.as_ref()) {
        report.add(finding)?;
    }
    report.add(space())?;
    report.add(clock::own(&**clock))?;
    if config.hub.protocol == Protocol::ImagezmqPub {
        let bind = config.hub.bind.as_deref().unwrap_or_default();
        return Ok(report.add(publish::look(bind, running.as_ref()))?);
    }
    report.add(spool::look(config, running.as_ref(), clock.now()))?;
    let node = config.node.name.clone().unwrap_or_else(hostname);
    let hardware = Health::new(clock.clone()).hardware();
    hub::look(&config.hub, (&node, &hardware), &**clock, report)
}

/// Which of the nodes that run here, each with its file as far as that can be seen, is the one of the file at `path`.
fn service(path: &Path, nodes: Vec<(Option<PathBuf>, Process)>) -> (Option<Process>, Finding) {
    let start = "start it: `sudo systemctl start picket-node`, or `picket-node run`; `journalctl -u picket-node` tells why it \
                 stopped";
    let full =
        |path: &Path| fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned());
    let ours = full(path);
    let (mut hidden, mut other) = (None, None);
    for (file, process) in nodes {
        match file.map(|file| full(&file)) {
            Some(file) if file == ours => {
                let finding = Finding::ok("node", format!("{process} runs here"));
                return (Some(process), finding);
            }
            Some(file) => other = other.or(Some((process, file))),
            None => hidden = hidden.or(Some(process)),
        }
    }
    if let Some(process) = hidden {
        let finding = Finding::ok("node", format!("{process} runs here; its file cannot be seen by this user"));
        return (Some(process), finding);
    }
    let found = other.map_or_else(
        || "no picket-node runs here now".to_owned(),
        |(process, file)| {
            format!(
                "another picket-node runs here (process {}, with {}); this one does not",
                process.id,
                file.display()
            )
        },
    );
    (None, Finding::warning("node", found, start))
}

fn pins_of(opened: Result<String, &pins::PinError>) -> Finding {
    match opened {
        Ok(name) => Finding::ok("pins", name),
        Err(error) => Finding::wrong(
            "pins",
            error.to_string(),
            "if this machine has no pins, take the sensors and lights with `gpio` out of the file",
        ),
    }
}

fn space() -> Finding {
    let folder = FOLDERS.iter().map(Path::new).find(|folder| folder.is_dir()).unwrap_or(Path::new("/"));
    disk::room("disk", folder)
}
