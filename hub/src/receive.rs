//! `picket-hub receive`: takes what imagezmq senders send, answers as a hub does, and tells how fast it comes and from
//! whom; nothing is stored. The other half is `picket-node send-test`. What a Picket node sends is not
//! answered at all: it would take any answer for an acknowledgement and forget what nobody has. Knows neither journal
//! nor store.

mod desk;
mod sender;

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use jiff::tz::TimeZone;
use picket_common::shutdown::Shutdown;
use picket_common::signals;
use picket_common::time::{Clock, SystemClock};
use picket_common::transport::zmq::{Doors, Router};
use picket_common::transport::{Delivery, Incoming, Published, Receiver};

use self::desk::Desk;

/// Where a hub listens when it listens on every network.
const EVERYWHERE: &str = "tcp://*:5555";
/// The largest message, as of a hub with its defaults.
const MAX_BYTES: u64 = 64 << 20;
/// A terminal is written anew so often.
const REFRESH: Duration = Duration::from_secs(1);
/// How long a stop may go unnoticed.
const GLANCE: Duration = Duration::from_millis(100);
/// Home, and all behind it away.
const CLEAR: &str = "\x1b[H\x1b[2J";

/// Where from, and how much.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Listens here, as a hub does. Default: tcp://*:5555, and with --connect nowhere.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Subscribes to these publishers: tcp://camera.local:5555.
    #[arg(long, value_name = "ADDRESS", num_args = 1..)]
    connect: Vec<String>,
    /// Ends after so many messages. Default: goes on until Ctrl-C.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
}

/// Receives until enough has come or somebody presses Ctrl-C, and tells what came.
pub fn run(options: &Options, out: &mut impl Write) -> Result<()> {
    let shutdown = Shutdown::new();
    signals::request_on_signal(&shutdown)?;
    let (mut doors, name) = open(options)?;
    let live = std::io::stdout().is_terminal();
    eprintln!("{}; Ctrl-C ends. Nothing is stored: what a camera sends here is gone.", name);
    let clock = SystemClock;
    let mut desk = Desk::new(TimeZone::system());
    let mut shown = clock.uptime();
    while !shutdown.is_requested() && options.count.is_none_or(|count| desk.taken() < count) {
        if let Some(arrival) = doors.receive(GLANCE)? {
            serve(&mut doors, &mut desk, arrival, &clock)?;
        }
        let since = clock.uptime().saturating_sub(shown);
        if live && since >= REFRESH {
            shown += since;
            desk.refresh(since);
            write!(out, "{CLEAR}{name}\n\n")?;
            desk.show(out)?;
            desk.notes().try_for_each(|note| writeln!(out, "{note}"))?;
            out.flush()?;
        } else if !live {
            tell(&mut desk);
        }
    }
    tell(&mut desk);
    desk.summary(out)
}

/// What was not told yet.
fn tell(desk: &mut Desk) {
    desk.new_notes().iter().for_each(|note| eprintln!("{note}"));
}

/// The door at which senders ask, the publishers, or both; and what to call them.
fn open(options: &Options) -> Result<(Doors, String)> {
    let listen = options.listen.as_deref().or(options.connect.is_empty().then_some(EVERYWHERE));
    let router = listen.map(|address| Router::bind(address, MAX_BYTES)).transpose()?;
    let listening = router.iter().map(|router| format!("listening on {}", router.address()));
    let subscribed = (!options.connect.is_empty()).then(|| format!("subscribed to {}", options.connect.join(", ")));
    let name = listening.chain(subscribed).collect::<Vec<_>>().join(" and ");
    Ok((Doors::open(router, &options.connect, MAX_BYTES, Arc::new(SystemClock))?, name))
}

fn serve(doors: &mut Doors, desk: &mut Desk, incoming: Incoming, clock: &dyn Clock) -> Result<()> {
    match incoming {
        Incoming::Delivery(Delivery { envelope, parts, peer, .. }) => {
            if let Some(reply) = desk.take_asked(&parts, &peer, clock) {
                doors.reply(&envelope, &reply.encode())?;
            }
        }
        Incoming::Unaddressed(envelope) => drop(doors.reply(&envelope, &desk.unaddressed().encode())?),
        Incoming::Published(Published::Message { parts, peer }) => desk.take_published(&parts, &peer, clock),
        Incoming::Published(Published::Reached(address)) => desk.note(format!("connected to {address}")),
        Incoming::Published(Published::Gone(address)) => {
            desk.note(format!("{address} is gone; it is connected to again when it comes back"));
        }
        Incoming::Closed => {}
    }
    Ok(())
}
