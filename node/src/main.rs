//! The node's command line.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use picket_common::config;
use picket_common::exit::{self, BadConfig};
use picket_common::shutdown::Shutdown;
use picket_common::time::SystemClock;
use picket_common::{signals, telemetry};
use picket_node::app::App;
use picket_node::config::NodeConfig;
use picket_node::doctor;
use picket_node::lamp;
use picket_node::migrate;
use picket_node::pins;
use picket_node::replay;
use picket_node::send_test;
use picket_node::source::{self, SourceError, Webcams};
use picket_node::spool::look;

/// Watches cameras, decides what matters, and sends it to a hub.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Watches and sends until it is stopped, or until all recorded footage has ended.
    Run {
        /// Default: picket-node.yaml here, on the boot partition or in /etc/picket.
        config: Option<PathBuf>,
    },
    /// Checks a configuration and prints it with every default filled in.
    Check {
        /// As for `run`.
        config: Option<PathBuf>,
    },
    /// Puts every lamp into its safe state, for when a node was killed; not while one runs.
    LightsSafe {
        /// As for `run`.
        config: Option<PathBuf>,
    },
    /// Prints the configuration's JSON Schema, for editors.
    Schema,
    /// Lists this machine's webcams: their devices, sizes, rates and controls, as a configuration names them.
    Cameras,
    /// Runs the configured detectors over a video or a folder of JPEG files, without a hub: one JSON object a
    /// line for each frame and detector.
    Replay {
        /// The configuration.
        config: PathBuf,
        /// A video file or a folder.
        input: PathBuf,
        /// Only this view's detectors.
        #[arg(long)]
        view: Option<String>,
    },
    /// Sends test pictures as imagezmq does, to a hub or to a program of one's own, and tells how fast they went.
    SendTest(send_test::Options),
    /// Prints the Picket configuration that does what an imagenode.yaml did, with what has changed in comments.
    Migrate {
        /// The imagenode.yaml.
        file: PathBuf,
    },
    /// Looks at what waits on the disk for the hub; a node may be at work meanwhile.
    Spool {
        #[command(subcommand)]
        question: look::Question,
    },
    /// Looks for what is wrong when nothing arrives at the hub, and says what to try.
    Doctor(doctor::Options),
}

fn main() -> ExitCode {
    telemetry::install();
    exit::status("picket-node", execute(Cli::parse().command))
}

fn execute(command: Command) -> Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    match command {
        Command::Run { config } => {
            let config = load(config.as_deref())?;
            let shutdown = Shutdown::new();
            signals::request_on_signal(&shutdown)?;
            App::build(&config, shutdown)?.run()
        }
        Command::Check { config } => {
            let (path, config) = find(config.as_deref())?;
            check(&path, &config, &mut out)
        }
        Command::LightsSafe { config } => make_safe(&load(config.as_deref())?),
        Command::Schema => Ok(writeln!(out, "{}", config::schema::<NodeConfig>())?),
        Command::Cameras => Ok(write!(out, "{}", Webcams::look())?),
        Command::Replay { config, input, view } => replay(&load(Some(&config))?, &input, view.as_deref(), &mut out),
        Command::SendTest(options) => send_test::run(&options, &mut out),
        Command::Migrate { file } => migrate::run(&file, &mut out),
        Command::Spool { question } => look::answer(&question, &mut out),
        Command::Doctor(options) => doctor::run(&options, &mut out),
    }
}

/// Pins that this machine lacks are no mistake: the configuration may be for another.
fn check(path: &Path, config: &NodeConfig, out: &mut impl Write) -> Result<()> {
    write!(out, "{}", config::show(config))?;
    out.flush()?;
    eprintln!("{}: nothing wrong found", path.display());
    if config.needs_pins() {
        match pins::open() {
            Ok(board) => eprintln!("pins: {}", board.name()),
            Err(error) => eprintln!("pins: {error}"),
        }
    }
    Ok(())
}

fn replay(config: &NodeConfig, input: &Path, view: Option<&str>, out: &mut impl Write) -> Result<()> {
    let cameras = replay::cameras(config, view)?;
    let shutdown = Shutdown::new();
    signals::request_on_signal(&shutdown)?;
    let (resolution, framerate) = replay::form(&cameras)?;
    let mut source = source::open_input(input, resolution, framerate, &shutdown)?;
    let next = || match source.next() {
        Ok(frame) => Ok(Some(frame)),
        Err(SourceError::Ended) => Ok(None),
        Err(error) => Err(error).with_context(|| input.display().to_string()),
    };
    let summary = replay::replay(&cameras, next, out, &SystemClock)?;
    eprintln!("{summary}");
    Ok(())
}

fn make_safe(config: &NodeConfig) -> Result<()> {
    if config.lights.is_empty() {
        return Ok(());
    }
    lamp::make_safe(&config.lights, pins::open()?.as_ref())
}

fn load(given: Option<&Path>) -> Result<NodeConfig> {
    find(given).map(|(_, config)| config)
}

fn find(given: Option<&Path>) -> Result<(PathBuf, NodeConfig)> {
    NodeConfig::load(given).map_err(|error| BadConfig(error).into())
}
