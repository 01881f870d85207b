//! `picket-node simulate`: many virtual nodes in one process, for load and for proof. Each has a real socket, a real spool
//! and a real uplink, or is an old sender that speaks imagezmq; only the pictures are made up. A few threads step them
//! all. What was sent and what was acknowledged can be written to an [`oracle`]. Knows no camera and no configuration.

mod course;
mod fleet;
mod ledger;
mod node;
mod old;
mod oracle;
mod payload;
mod spools;
mod tally;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use picket_common::config::{self, Size};
use picket_common::exit::Told;
use picket_common::shutdown::Shutdown;
use picket_common::signals;
use picket_common::time::{Clock, SystemClock};
use picket_common::transport::zmq::{Dealer, Dealers};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use self::course::Course;
use self::fleet::Span;
use self::node::Node;
use self::old::OldSender;
use self::oracle::Oracle;
use self::payload::Painter;
use self::spools::Spools;
pub use self::tally::Summary;
use self::tally::Tally;
use crate::chance;
use crate::config::Durability;
use crate::health::Health;
use crate::spool::Spool;
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
    /// The hub.
    #[arg(long, value_name = "ADDRESS", default_value = "tcp://127.0.0.1:5555")]
    hub: String,
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
    /// How much may wait in each node's spool.
    #[arg(long, value_name = "SIZE", default_value = "64MiB")]
    spool_size: Size,
    /// Each node keeps on the disk what the hub does not acknowledge, in a folder with its name below this one, and goes
    /// on with what an earlier run has left there. Default: in memory alone.
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,
    /// When messages go to the disk: `normal`, or `always`, at once.
    #[arg(long, value_name = "WHEN", default_value = "normal", requires = "spool", value_parser = spools::durability)]
    durability: Durability,
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

    /// Whether everything that it has sent has met its end.
    fn is_done(&self) -> bool;

    /// What came of it all.
    fn end(&mut self) -> Result<Tally>;
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
/// The address is none, the hub speaks imagezmq only, the oracle or a spool cannot be written.
pub fn simulate(options: &Options, stop: &Shutdown) -> Result<Summary> {
    allow_many_files();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let open = |path: &PathBuf| Oracle::open(path).with_context(|| format!("cannot write to {}", path.display()));
    let oracle = options.oracle.as_ref().map(open).transpose()?;
    let (start, cpu) = (clock.uptime(), processor_time());
    let until = options.seconds.map(|seconds| start + Duration::from_secs_f64(seconds));
    let nodes = options.nodes as usize;
    let threads = std::thread::available_parallelism().map_or(1, usize::from).max(nodes.div_ceil(Dealers::MOST));
    let (spools, health) = (Spools::default(), Health::new(clock.clone()));
    let builder = Builder { options, oracle, spools: &spools, health, clock: clock.clone(), start };
    let fleets = (0..threads.min(nodes)).map(|first| {
        let dealers = Dealers::default();
        (1..=nodes).skip(first).step_by(threads).map(|number| builder.member(number, &dealers)).collect()
    });
    let fleets: Vec<Vec<Box<dyn Member<Dealer>>>> = fleets.collect::<Result<_>>()?;
    let span = Span { until, grace: options.grace.0, stop, clock: clock.as_ref() };
    let tally = run_fleets(fleets, &span);
    spools.close();
    let tally = tally?;
    let time = clock.uptime().saturating_sub(start);
    Ok(Summary { nodes, tally, start, time, cpu: processor_time().saturating_sub(cpu) })
}

/// Each on a thread of its own.
fn run_fleets(fleets: Vec<Vec<Box<dyn Member<Dealer>>>>, span: &Span<'_>) -> Result<Tally> {
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let start = |mut members: Vec<_>| {
            // Who fails stops the others, so that it is told at once.
            let run = move || fleet::run(&mut members, span, wait).inspect_err(|_| span.stop.request());
            scope.spawn(run)
        };
        let running: Vec<_> = fleets.into_iter().map(start).collect();
        let join =
            |thread: ScopedJoinHandle<Result<Tally>>| thread.join().map_err(|_| anyhow!("a thread has failed"))?;
        running.into_iter().try_for_each(|thread| join(thread).map(|other| tally.join(&other)))
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
    spools: &'a Spools,
    health: Health,
    clock: Arc<dyn Clock>,
    start: Duration,
}

impl Builder<'_> {
    /// The node with this number, counted from 1.
    fn member(&self, number: usize, dealers: &Dealers) -> Result<Box<dyn Member<Dealer>>> {
        let Options { hub, rate, size, seed, timeout, .. } = self.options;
        let name = format!("{}-{number:04}", self.options.name);
        let seed = chance::mix(*seed, number as u64);
        let course = Course::new(*rate, chance::share(seed).into(), self.start);
        let look = (Painter::new(*size, seed), course);
        let (dealer, oracle, clock) = (dealers.connect(hub)?, self.oracle.clone(), self.clock.clone());
        if self.options.protocol == Protocol::Imagezmq {
            return Ok(Box::new(OldSender::new(dealer, name, oracle, timeout.0, look, clock)));
        }
        let (spool, oracle) = match &self.options.spool {
            None => (Spool::in_memory(self.options.spool_size.0), oracle),
            // The spool itself tells the oracle, also of what an earlier run has left.
            Some(folder) => (self.spools.open(&folder.join(&name), self.options, oracle, &self.health, &clock)?, None),
        };
        let settings = Settings {
            node: name,
            hub: hub.clone(),
            dialect: Dialect::Picket,
            heartbeat: HEARTBEAT,
            timeout: timeout.0,
        };
        Ok(Box::new(Node::new(dealer, spool, oracle, settings, look, (self.health.clone(), clock))))
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
