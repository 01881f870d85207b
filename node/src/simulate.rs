//! `picket-node simulate`: many virtual nodes in one process, for load and for proof. Each has a real socket, a real spool
//! and a real uplink, or is an old sender that speaks imagezmq; only the pictures are made up. A few threads step them
//! all. What was sent and what was acknowledged can be written to an oracle. Knows no camera and no configuration.

mod course;
mod fleet;
mod keepers;
mod ledger;
mod node;
mod old;
mod oracle;
mod payload;
mod roll_call;
mod tally;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use picket_common::config::{self, Size};
use picket_common::exit::Told;
use picket_common::shutdown::Shutdown;
use picket_common::signals;
use picket_common::time::{Clock, SystemClock};
use picket_common::transport::zmq::{Dealer, Dealers};
use picket_common::wire::StreamId;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use self::course::Course;
use self::fleet::Span;
use self::keepers::Keepers;
use self::ledger::Ledger;
use self::node::Node;
use self::old::OldSender;
use self::oracle::Oracle;
use self::payload::Painter;
use self::roll_call::RollCall;
pub use self::tally::Summary;
use self::tally::Tally;
use crate::chance;
use crate::config::{Durability, SpoolSection};
use crate::health::Health;
use crate::spool::{self, Spool};
use crate::uplink::{Dialect, Settings};

/// The view that every virtual node looks at.
const VIEW: &str = "View";
/// How often a virtual node gives a sign of life.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// The longest run and the longest interval, in seconds: a year.
const LONGEST: f64 = 366.0 * 86_400.0;

/// What is sent, by how many, and how fast.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The hub; or several with commas between them, the most preferred first, of which each node takes one that answers.
    /// Old senders are shared out among them.
    #[arg(long, value_name = "ADDRESS", default_value = "tcp://127.0.0.1:5555", value_delimiter = ',')]
    hub: Vec<String>,
    /// How many nodes there are to be.
    #[arg(long, value_name = "N", default_value = "8", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    nodes: u32,
    /// How many pictures each node sends a second; 0: as many as the hub takes. Every tenth message is an event, which
    /// comes on top.
    #[arg(long, value_name = "R", default_value = "1", value_parser = rate)]
    rate: f64,
    /// How large each picture is: 13600, 13.6KB, 1MiB.
    #[arg(long, value_name = "S", default_value = "13600", value_parser = size)]
    size: usize,
    /// How long pictures are sent, in seconds. 0: none is sent but what an earlier run has left in its spools.
    /// Default: until Ctrl-C.
    #[arg(long, value_name = "T", value_parser = seconds)]
    seconds: Option<f64>,
    /// How long acknowledgements are waited for after the last picture.
    #[arg(long, value_name = "TIME", default_value = "30s")]
    grace: config::Duration,
    /// How long an answer may take before the connection is made anew.
    #[arg(long, value_name = "TIME", default_value = "10s")]
    timeout: config::Duration,
    /// As what nodes speak to the hub.
    #[arg(long, default_value = "picket")]
    protocol: Protocol,
    /// What the nodes' names begin with: sim-0001, sim-0002, ...
    #[arg(long, value_name = "PREFIX", default_value = "sim")]
    name: String,
    /// Keeps what is not acknowledged on the disk as well, each node's in a folder below this one. A second run with the
    /// same names goes on with what is left there. Default: in memory only.
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,
    /// How much may wait in each node's memory.
    #[arg(long, value_name = "SIZE", default_value = "32MiB")]
    memory: Size,
    /// How much may wait on the disk for each node.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", requires = "spool")]
    spool_size: Size,
    /// How long a picture waits in memory for the hub before it goes to the disk.
    #[arg(long, value_name = "TIME", default_value = "30s", requires = "spool")]
    spill_after: config::Duration,
    /// Everything goes to the disk at once, hub or no hub.
    #[arg(long, requires = "spool")]
    durable: bool,
    /// Adds to this file what is sent and what is acknowledged, line by line, before what follows from it happens.
    #[arg(long, value_name = "FILE")]
    oracle: Option<PathBuf>,
    /// Pictures are filled with, and sent at moments that follow from, this number.
    #[arg(long, value_name = "N", default_value = "1")]
    seed: u64,
    /// Tells what came of it as one JSON object.
    #[arg(long)]
    json: bool,
}

/// As what virtual nodes speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Protocol {
    /// As Picket nodes: events and pictures, numbered, under way together as far as the hub's credit goes.
    Picket,
    /// As old senders: imagezmq's REQ and send_jpg, one picture after the answer to the one before.
    Imagezmq,
}

/// One virtual node or old sender.
trait Member<S>: Send {
    /// Handles what was answered and sends what is due, if it is to send anything; never waits.
    fn step(&mut self, is_sending: bool) -> Result<()>;

    /// When it next sends something by itself, in uptime.
    fn due(&self) -> Option<Duration>;

    /// Its socket.
    fn link(&self) -> &S;

    /// Whether a hub has greeted it; never, where it is not greeted.
    fn is_connected(&self) -> bool;

    /// Whether everything that it has sent has met its end.
    fn is_done(&self) -> bool;

    /// What came of it all.
    fn end(&mut self) -> Tally;
}

/// Sends until the time is over or somebody presses Ctrl-C, waits for what is not acknowledged, and tells what came of it.
/// An error if that is not all.
pub fn run(options: &Options, out: &mut impl Write) -> Result<()> {
    let shutdown = Shutdown::new();
    signals::request_on_signal(&shutdown)?;
    let summary = simulate(options, &shutdown)?;
    if options.json {
        writeln!(out, "{}", summary.json())?;
    } else {
        writeln!(out, "{summary}")?;
    }
    if summary.is_clean() { Ok(()) } else { Err(Told.into()) }
}

/// The same until `stop` is requested, and says nothing.
///
/// # Errors
/// The address is none, or the oracle cannot be written.
pub fn simulate(options: &Options, stop: &Shutdown) -> Result<Summary> {
    if options.protocol == Protocol::Imagezmq && options.spool.is_some() {
        bail!("old senders have no spool; leave --spool out, or --protocol imagezmq");
    }
    allow_many_files();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let open = |path: &PathBuf| Oracle::open(path).with_context(|| format!("cannot write to {}", path.display()));
    let oracle = options.oracle.as_ref().map(open).transpose()?;
    let (start, cpu) = (clock.uptime(), processor_time());
    let until = options.seconds.map(|seconds| start + Duration::from_secs_f64(seconds));
    let nodes = options.nodes as usize;
    let threads = std::thread::available_parallelism().map_or(1, usize::from).max(nodes.div_ceil(Dealers::MOST));
    let (health, keepers) = (Health::new(clock.clone()), Keepers::default());
    let mut builder = Builder { options, oracle, health, keepers, clock: clock.clone(), start };
    let mut fleets: Vec<Fleet> = Vec::new();
    for first in 0..threads.min(nodes) {
        let dealers = Dealers::default();
        let numbers = (1..=nodes).skip(first).step_by(threads);
        fleets.push(numbers.map(|number| builder.member(number, &dealers)).collect::<Result<_>>()?);
    }
    let is_greeted = options.protocol == Protocol::Picket;
    let roll_call = is_greeted.then(|| RollCall::new(nodes, start));
    let span = Span { until, grace: options.grace.0, stop, clock: clock.as_ref(), roll_call: roll_call.as_ref() };
    let tally = run_fleets(fleets, builder.keepers, &span)?;
    let time = clock.uptime().saturating_sub(start);
    Ok(Summary { nodes, tally, start, time, cpu: processor_time().saturating_sub(cpu) })
}

/// The nodes of one thread.
type Fleet = Vec<Box<dyn Member<Dealer>>>;

/// Each on a thread of its own, and one more for what they write.
fn run_fleets(fleets: Vec<Fleet>, keepers: Keepers, span: &Span<'_>) -> Result<Tally> {
    let (mut tally, over) = (Tally::default(), Shutdown::new());
    std::thread::scope(|scope| {
        let start = |mut members: Fleet| {
            // Who fails stops the others, so that it is told at once.
            let run = move || fleet::run(&mut members, span, wait).inspect_err(|_| span.stop.request());
            scope.spawn(run)
        };
        let running: Vec<_> = fleets.into_iter().map(start).collect();
        scope.spawn(|| keepers.run(span.clock, &over));
        let join =
            |thread: ScopedJoinHandle<Result<Tally>>| thread.join().map_err(|_| anyhow!("a thread has failed"))?;
        let joined = running.into_iter().try_for_each(|thread| join(thread).map(|other| tally.join(&other)));
        over.request();
        joined
    })?;
    Ok(tally)
}

fn wait(members: &[Box<dyn Member<Dealer>>], time: Duration) -> Result<Vec<bool>> {
    Ok(Dealers::wait(members.iter().map(|member| member.link()), time)?)
}

/// What all virtual nodes have in common.
struct Builder<'a> {
    options: &'a Options,
    oracle: Option<Oracle>,
    health: Health,
    keepers: Keepers,
    clock: Arc<dyn Clock>,
    start: Duration,
}

impl Builder<'_> {
    /// The node with this number, counted from 1.
    fn member(&mut self, number: usize, dealers: &Dealers) -> Result<Box<dyn Member<Dealer>>> {
        let Options { hub, rate, size, seed, timeout, .. } = self.options;
        let name = format!("{}-{number:04}", self.options.name);
        let seed = chance::mix(*seed, number as u64);
        let course = Course::new(*rate, chance::share(seed).into(), self.start);
        let look = (Painter::new(*size, seed), course);
        let clock = self.clock.clone();
        if self.options.protocol == Protocol::Imagezmq {
            let dealer = dealers.connect(hub.iter().cycle().nth(number - 1).map_or("", String::as_str))?;
            return Ok(Box::new(OldSender::new(dealer, name, self.oracle.clone(), timeout.0, look, clock)));
        }
        let settings = Settings {
            node: name.clone(),
            hubs: hub.clone(),
            dialect: Dialect::Picket,
            heartbeat: HEARTBEAT,
            timeout: timeout.0,
            seed,
            is_one_of_many: true,
        };
        let dealer = dealers.connect(hub.first().map_or("", String::as_str))?;
        let books = self.spool(&name);
        Ok(Box::new(Node::new(dealer, books, settings, look, (self.health.clone(), clock))))
    }

    /// A node's spool, and its books, which know what was found there.
    fn spool(&mut self, name: &str) -> (Spool, Ledger) {
        let Options { spool, memory, spool_size, spill_after, durable, .. } = self.options;
        let ledger = Ledger::new(self.oracle.clone(), self.clock.clone());
        let config = SpoolSection {
            directory: spool.as_ref().map(|folder| folder.join(name)),
            max_size: Some(*spool_size),
            memory: Some(*memory),
            spill_after: Some(*spill_after),
            durability: durable.then_some(Durability::Always),
            ..SpoolSection::default()
        };
        let Some(settings) = spool::Settings::of(&config, &self.health.hardware()) else {
            return (Spool::in_memory_with(memory.0, ledger.witness()), ledger);
        };
        let settings = spool::Settings { witness: Some(ledger.witness()), ..settings };
        let (spool, keeper) = Spool::on_disk(settings, self.clock.clone());
        self.keepers.add(&spool, keeper);
        ledger.found(spool.stock().messages);
        (spool, ledger)
    }
}

/// Each socket takes two, and many systems allow 1024 unless somebody asks for more.
fn allow_many_files() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Where that is not allowed, whoever has too many nodes is told so by the socket that fails.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

/// What this process has taken, in user and system mode, all threads together.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// What a picture says of itself.
fn stamp(run: StreamId, node: &str, counter: u64) -> String {
    format!("picket-node simulate {run} {node} {counter}")
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| format!("`{text}` is not a number; write 10, 0.5 or 0"))?;
    let is_rate = rate == 0.0 || (1.0 / LONGEST..=100_000.0).contains(&rate);
    if is_rate { Ok(rate) } else { Err("write 0 for as many as the hub takes, or up to 100000".to_owned()) }
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("`{text}` is not a number of seconds; write 60 or 0.5"))?;
    if (0.0..=LONGEST).contains(&seconds) { Ok(seconds) } else { Err("write 0 up to a year in seconds".to_owned()) }
}

fn size(text: &str) -> Result<usize, String> {
    const LARGEST: u64 = 1 << 30;
    let bytes = text.parse().or_else(|_| text.parse::<Size>().map(|Size(bytes)| bytes))?;
    match usize::try_from(bytes) {
        Ok(size) if size < payload::SMALLEST => Err(format!("the smallest picture has {} bytes", payload::SMALLEST)),
        Ok(size) if bytes <= LARGEST => Ok(size),
        _ => Err("write at most 1GiB".to_owned()),
    }
}
