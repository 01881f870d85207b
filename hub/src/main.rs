//! The hub's command line.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use picket_common::config::{self, Duration};
use picket_common::exit::{self, BadConfig};
use picket_common::shutdown::Shutdown;
use picket_common::time::SystemClock;
use picket_common::wire::{self, Order};
use picket_common::{signals, telemetry};
use picket_hub::app::App;
use picket_hub::ask::{self, Ask};
use picket_hub::config::{HubConfig, WebConfig};
use picket_hub::known::Known;
use picket_hub::list::{self, Filter};
use picket_hub::{answer, doctor, fsck, import, latest, migrate, pin, receive, retention, user};

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
        /// Serves the page here, whatever the configuration says: 127.0.0.1:8080, *:8080, or none for no page. Each hub of
        /// one machine wants a port of its own.
        #[arg(long, value_name = "ADDRESS", value_parser = page)]
        web: Option<String>,
        /// Begins anew where this machine's hub has had another data directory: without this it is refused, for a disk may
        /// not be mounted.
        #[arg(long)]
        new_data: bool,
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
    /// Answers a question from what is stored, or gives a connected node an order.
    #[command(after_long_help = ASK_HELP)]
    Ask(Asking),
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
    /// Checks what a data directory holds: index, images by size and checksum, records and journal; and puts right what is
    /// wrong. Exit status 1: something is.
    Fsck {
        #[command(flatten)]
        options: fsck::Options,
        #[command(flatten)]
        place: Place,
    },
    /// Tells what may be forgotten, and deletes what the rules of `retention:` let go of. A running hub does so by itself.
    Retention {
        #[command(flatten)]
        options: retention::Options,
        /// The hub's data directory, whatever the configuration says.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// The hub's configuration, with the rules where no hub is running. Default: as for `run`.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Keeps events and images whatever the rules of retention say.
    Pin {
        #[command(flatten)]
        options: pin::Options,
        #[command(flatten)]
        place: Place,
    },
    /// Lets the rules of retention hold again for what was pinned.
    Unpin {
        #[command(flatten)]
        options: pin::Options,
        #[command(flatten)]
        place: Place,
    },
    /// Who may use the page: adds, lists, changes and removes users, makes tokens for programs, ends sessions.
    User {
        #[command(subcommand)]
        options: user::Options,
        /// The hub's data directory, whatever the configuration says.
        #[arg(long, value_name = "DIR", global = true)]
        data: Option<PathBuf>,
        /// The hub's configuration. Default: as for `run`.
        #[arg(long, value_name = "FILE", global = true)]
        config: Option<PathBuf>,
    },
    /// Prints the Picket configuration that does what an imagehub.yaml did, with what has changed in comments.
    Migrate {
        /// The imagehub.yaml.
        file: PathBuf,
    },
    /// Looks for what is wrong when nothing arrives, and says what to try.
    Doctor(doctor::Options),
}

/// What `ask --help` says at its end.
const ASK_HELP: &str = "\
Questions, in quotes or not:
  picket-hub ask water
  picket-hub ask is the barn moving
  picket-hub ask garage temperature
  picket-hub ask highest inside temperatures last week
  picket-hub ask how often was the barn moving yesterday
  picket-hub ask when was the driveway last moving
  picket-hub ask what happened last night
The names are those of nodes, views, detectors and readings, or your own: see `names:` and `labels:` in the configuration.
It works beside a running hub and after it. Exit status 1: nothing is known of it.

Orders, which need a running hub; what the node did is among the events:
  picket-hub ask Driveway snapshot
  picket-hub ask Driveway record --view Mailbox --for 30s";

#[derive(Args)]
struct Asking {
    /// The question; or a node and `snapshot` (one frame now) or `record` (an event that starts now, with frames from
    /// before, during and after; one that goes on is prolonged).
    #[arg(required = true, value_name = "WORDS")]
    words: Vec<String>,
    /// For an order: the camera's view. Default: all cameras of the node.
    #[arg(long, value_name = "NAME")]
    view: Option<String>,
    /// For `record`: how long, 1s to 10m. Default: 10s.
    #[arg(long = "for", value_name = "TIME", value_parser = recording)]
    time: Option<Duration>,
    /// The hub's data directory, whatever the configuration says.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The hub's configuration, with your names and labels. Default: as for `run`.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// For a question: one JSON object with what was understood and what is known.
    #[arg(long)]
    json: bool,
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

/// How long a recording is unless told.
const RECORDING: Duration = Duration(std::time::Duration::from_secs(10));

fn main() -> ExitCode {
    telemetry::install();
    exit::status("picket-hub", execute(Cli::parse().command))
}

fn execute(command: Command) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match command {
        Command::Run { config, data, listen, web, new_data } => {
            let mut config = load(config.as_deref())?;
            config.hub.data_directory = data.unwrap_or(config.hub.data_directory);
            config.hub.listen = listen.unwrap_or(config.hub.listen);
            config.web.listen = web.unwrap_or(config.web.listen);
            let shutdown = Shutdown::new();
            signals::request_on_signal(&shutdown)?;
            let (known, data) = (Known::of_this_machine(), config.hub.data_directory.clone());
            if !new_data {
                known.check(&data)?;
            }
            let app = App::build(&config, shutdown)?;
            known.note(&data);
            app.run()
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
        Command::Ask(asking) => asking.run(&mut out),
        Command::Receive(options) => receive::run(&options, &mut out),
        Command::Latest { options, place } => latest::run(&directory(place)?, &options, &mut out),
        Command::Import { options, place } => {
            let config = load(place.config.as_deref());
            let data = directory(place)?;
            import::run(&data, &options, &mut out)?;
            match config {
                Ok(config) if !options.dry_run => retention::warn_of_import(&data, config.retention, &now(), &mut out),
                _ => Ok(()),
            }
        }
        Command::Retention { options, data, config } => {
            let (file, config) = HubConfig::load(config.as_deref()).map_err(BadConfig)?;
            let data = data.unwrap_or(config.hub.data_directory);
            retention::run(&data, retention::Rules { rules: config.retention, file }, &options, &now(), &mut out)
        }
        Command::Pin { options, place } => pin::run(&directory(place)?, &options, true, &now(), &mut out),
        Command::Unpin { options, place } => pin::run(&directory(place)?, &options, false, &now(), &mut out),
        Command::Fsck { options, place } => fsck::run(&directory(place)?, &options, &mut out),
        Command::User { options, data, config } => {
            let mut config = load(config.as_deref())?;
            config.hub.data_directory = data.unwrap_or(config.hub.data_directory);
            user::run(&config, options, &now(), &mut out)
        }
        Command::Migrate { file } => migrate::run(&file, &mut out),
        Command::Doctor(options) => doctor::run(&options, &mut out),
    }
}

impl Asking {
    fn run(self, out: &mut dyn Write) -> Result<()> {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let hint = match words[..] {
            [order @ ("snapshot" | "record"), node] => {
                Some(format!("the node goes first: picket-hub ask {node} {order}"))
            }
            [node, "record", "for", time] | [node, "record", time] if recording(time).is_ok() => {
                Some(format!("how long goes with --for: picket-hub ask {node} record --for {time}"))
            }
            _ => None,
        };
        if let Some(hint) = hint {
            Cli::command().error(ErrorKind::ArgumentConflict, hint).exit();
        }
        let order = match words[..] {
            [_, "snapshot"] => Some(Order::Snapshot),
            [_, "record"] => Some(Order::record(self.time.unwrap_or(RECORDING).0)),
            _ => None,
        };
        let wrong = match order {
            None if self.view.is_some() => Some("--view is for orders: picket-hub ask NODE snapshot --view NAME"),
            Some(_) if self.json => Some("--json is for questions"),
            Some(Order::Record { .. }) => None,
            _ if self.time.is_some() => Some("--for is for recordings: picket-hub ask NODE record --for TIME"),
            _ => None,
        };
        if let Some(wrong) = wrong {
            Cli::command().error(ErrorKind::ArgumentConflict, wrong).exit();
        }
        let Some(order) = order else {
            // Its own words are the configuration's, wherever the data is.
            let mut config = load(self.config.as_deref())?;
            config.hub.data_directory = self.data.unwrap_or(config.hub.data_directory);
            let question = words.join(" ");
            return answer::answer(&config, &config.hub.data_directory, &question, self.json, &now(), out);
        };
        let node = self.words.into_iter().next().unwrap_or_default();
        let ask = Ask { node, command: wire::Command { order, view: self.view } };
        ask::call(&directory(Place { data: self.data, config: self.config })?, &ask, &SystemClock, out)
    }
}

/// The length of a recording.
fn recording(text: &str) -> Result<Duration, String> {
    let time: Duration = text.parse()?;
    let (least, most) = (Duration(std::time::Duration::from_secs(1)), Duration(Order::LONGEST));
    if (least..=most).contains(&time) { Ok(time) } else { Err(format!("write {least} to {most}")) }
}

/// Where the page is served, as `web.listen` says it.
fn page(text: &str) -> Result<String, String> {
    WebConfig { listen: text.to_owned(), ..WebConfig::default() }.address().map(|_| text.to_owned())
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
