//! The hub's command line.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use picket_common::config::{self, Duration};
use picket_common::exit::{self, BadConfig};
use picket_common::shutdown::Shutdown;
use picket_common::time::SystemClock;
use picket_common::wire::{self, Order};
use picket_common::{signals, telemetry};
use picket_hub::app::App;
use picket_hub::ask::{self, Ask};
use picket_hub::config::HubConfig;
use picket_hub::list::{self, Filter};
use picket_hub::{answer, doctor, import, latest, migrate, receive};

/// Stores and logs what Picket nodes and imagezmq senders send, and lists it.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Takes messages, stores and logs them, until it is stopped.
    Run {
        /// Default: picket-hub.yaml here, on the boot partition or in /etc/picket; without one, the built-in defaults.
        config: Option<PathBuf>,
        /// Keeps everything here, whatever the configuration says.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// Listens here, whatever the configuration says: tcp://127.0.0.1:5555.
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<String>,
    },
    /// Checks a configuration and prints it with every default filled in.
    Check {
        /// As for `run`.
        config: Option<PathBuf>,
    },
    /// Prints the configuration's JSON Schema, for editors.
    Schema,
    /// Lists what happened.
    Events(List),
    /// Lists stored images.
    Images(List),
    /// Lists nodes, the present state of each view, and each reading's latest value.
    Nodes(List),
    /// Asks what is known ("water", "garage temperature", "barn moving yesterday"), or asks a connected node for
    /// something, and what it did is among the events.
    Ask {
        /// The node, or the question.
        words: String,
        #[command(subcommand)]
        order: Option<What>,
        #[command(flatten)]
        place: Place,
    },
    /// Takes what imagezmq senders and nodes send and tells how fast it comes, without storing anything.
    Receive(receive::Options),
    /// The latest test pictures of a running hub: those whose text has no `|`, which are not stored.
    Latest {
        #[command(flatten)]
        options: latest::Options,
        #[command(flatten)]
        place: Place,
    },
    /// Takes over what an imagehub has stored.
    Import {
        #[command(flatten)]
        options: import::Options,
        #[command(flatten)]
        place: Place,
    },
    /// Prints the Picket configuration that does what an imagehub.yaml did, with what has changed in comments.
    Migrate {
        /// The imagehub.yaml.
        file: PathBuf,
    },
    /// Looks for what is wrong when nothing arrives, and says what to try.
    Doctor(doctor::Options),
}

#[derive(Subcommand)]
enum What {
    /// One frame now.
    Snapshot {
        #[command(flatten)]
        of: Of,
    },
    /// An event that starts now, with frames from before, during and after. One that goes on is prolonged.
    Record {
        /// How long: 1s to 10m.
        #[arg(long = "for", value_name = "TIME", default_value = "10s", value_parser = recording)]
        time: Duration,
        #[command(flatten)]
        of: Of,
    },
    /// The rest of the question.
    #[command(external_subcommand)]
    Words(Vec<String>),
}

#[derive(Args)]
struct Of {
    /// The camera's view. Default: all cameras of the node.
    #[arg(long, value_name = "NAME")]
    view: Option<String>,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
struct List {
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    place: Place,
    /// One JSON object a line instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Place {
    /// The hub's data directory.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The hub's configuration, which says where its data directory is.
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    config: Option<PathBuf>,
}

fn main() -> ExitCode {
    telemetry::install();
    exit::status("picket-hub", execute(Cli::parse().command))
}

fn execute(command: Command) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match command {
        Command::Run { config, data, listen } => {
            let mut config = load(config.as_deref())?;
            config.hub.data_directory = data.unwrap_or(config.hub.data_directory);
            config.hub.listen = listen.unwrap_or(config.hub.listen);
            let shutdown = Shutdown::new();
            signals::request_on_signal(&shutdown)?;
            App::build(&config, shutdown)?.run()
        }
        Command::Check { config } => Ok(write!(out, "{}", config::show(&load(config.as_deref())?))?),
        Command::Schema => Ok(writeln!(out, "{}", config::schema::<HubConfig>())?),
        Command::Events(List { filter, place, json }) => {
            list::events(&directory(place)?, &filter, json, &now(), &mut out)
        }
        Command::Images(List { filter, place, json }) => {
            list::images(&directory(place)?, &filter, json, &now(), &mut out)
        }
        Command::Nodes(List { filter, place, json }) => {
            list::nodes(&directory(place)?, &filter, json, &now(), &mut out)
        }
        Command::Ask { words, order, place } => {
            let (order, Of { view, place }) = match order {
                Some(What::Snapshot { of }) => (Order::Snapshot, of),
                Some(What::Record { time, of }) => (Order::record(time.0), of),
                Some(What::Words(rest)) => {
                    let question = format!("{words} {}", rest.join(" "));
                    return answer::answer(&directory(place)?, &question, &now(), &mut out);
                }
                None => return answer::answer(&directory(place)?, &words, &now(), &mut out),
            };
            let ask = Ask { node: words, command: wire::Command { order, view } };
            ask::call(&directory(place)?, &ask, &SystemClock, &mut out)
        }
        Command::Receive(options) => receive::run(&options, &mut out),
        Command::Latest { options, place } => latest::run(&directory(place)?, &options, &mut out),
        Command::Import { options, place } => import::run(&directory(place)?, &options, &mut out),
        Command::Migrate { file } => migrate::run(&file, &mut out),
        Command::Doctor(options) => doctor::run(&options, &mut out),
    }
}

/// The length of a recording.
fn recording(text: &str) -> Result<Duration, String> {
    let time: Duration = text.parse()?;
    let (least, most) = (Duration(std::time::Duration::from_secs(1)), Duration(Order::LONGEST));
    if (least..=most).contains(&time) { Ok(time) } else { Err(format!("write {least} to {most}")) }
}

fn load(given: Option<&Path>) -> Result<HubConfig> {
    HubConfig::load(given).map(|(_, config)| config).map_err(|error| BadConfig(error).into())
}

fn directory(place: Place) -> Result<PathBuf> {
    match place.data {
        Some(data) => Ok(data),
        None => Ok(load(place.config.as_deref())?.hub.data_directory),
    }
}

#[allow(clippy::disallowed_methods, reason = "a listing is made at the time at which it is asked for")]
fn now() -> jiff::Zoned {
    jiff::Zoned::now()
}
