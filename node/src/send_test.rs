//! `picket-node send-test`: the pictures with which imagezmq's own tests try a network, a counter in a green
//! frame, sent one by one as its ImageSender does, each after the answer to the one before; or published. Tells how
//! fast they went and what was not answered `OK`. The other half is `picket-hub receive`. Knows no camera and no
//! configuration.

mod picture;
mod publish;
mod reach;
mod send;
mod tally;
#[cfg(test)]
mod tests;

use std::io::{IsTerminal, Write};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use picket_common::config::{self, hostname};
use picket_common::shutdown::Shutdown;
use picket_common::signals;
use picket_common::time::{Clock, SystemClock};
use picket_common::transport::zmq::{Dealer, Publisher};

use self::picture::{Form, Painter, Size};
use self::tally::Tally;
pub(crate) use self::tally::rate;

/// How many pictures a second are published unless something else is asked for.
const PUBLISHED_FPS: f64 = 10.0;
/// For each subscriber that does not keep up so many are held.
const BACKLOG: i32 = 10;
/// What runs tells how it goes so often.
const TELL: Duration = Duration::from_secs(1);

/// What is sent, where to, and how fast.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The hub: tcp://hub.local:5555. With --pub where to publish: tcp://*:5555.
    #[arg(long, value_name = "ADDRESS")]
    to: String,
    /// JPEG files, as cameras are sent; this is the default. For a Python program that calls recv_jpg.
    #[arg(long, conflicts_with = "raw")]
    jpg: bool,
    /// Bare pixels, as imagezmq's first test sends them. For a Python program that calls recv_image.
    #[arg(long)]
    raw: bool,
    /// Ends after so many pictures. Default: goes on until Ctrl-C.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Width and height in pixels.
    #[arg(long, value_name = "WxH", default_value = "400x400")]
    size: Size,
    /// The text sent with each picture. No hub stores pictures whose text has no `|`; `Barn|jpg` is stored.
    /// Default: the hostname.
    #[arg(long)]
    text: Option<String>,
    /// At most so many pictures a second. Default: as fast as they are answered; with --pub, 10.
    #[arg(long, value_name = "N", value_parser = fps)]
    fps: Option<f64>,
    /// How long the answer to a picture may take.
    #[arg(long, value_name = "TIME", default_value = "5s", conflicts_with = "publish")]
    timeout: config::Duration,
    /// Publishes to whoever subscribes (PUB) instead of sending to a hub (REQ).
    #[arg(long = "pub")]
    publish: bool,
}

/// What both ways of sending go by.
struct Course<'a> {
    painter: Painter,
    count: Option<u64>,
    /// From one picture to the next, at least.
    interval: Duration,
    timeout: Duration,
    clock: &'a dyn Clock,
    shutdown: &'a Shutdown,
    /// How it goes is told, line by line.
    live: bool,
}

impl Course<'_> {
    /// Waits until picture `number`, counted from 1, is due; false when no more are to be sent.
    fn wait_for(&self, number: u64, start: Duration) -> bool {
        if self.count.is_some_and(|count| number > count) {
            return false;
        }
        let due = start + self.interval.saturating_mul(u32::try_from(number - 1).unwrap_or(u32::MAX));
        let wait = due.saturating_sub(self.clock.uptime());
        !if wait.is_zero() { self.shutdown.is_requested() } else { self.clock.wait(wait, self.shutdown) }
    }

    /// A line to standard error, once in a while.
    fn tell(&self, told: &mut Duration, line: impl Fn() -> String) {
        let now = self.clock.uptime();
        if self.live && now.saturating_sub(*told) >= TELL {
            *told = now;
            eprintln!("{}", line());
        }
    }
}

/// Sends until all are sent or somebody presses Ctrl-C, and tells how it went. An error if anything was not answered, or
/// refused.
pub fn run(options: &Options, out: &mut impl Write) -> Result<()> {
    let shutdown = Shutdown::new();
    signals::request_on_signal(&shutdown)?;
    let form = if options.raw { Form::Raw } else { Form::Jpeg };
    let text = options.text.clone().unwrap_or_else(hostname);
    let fps = options.fps.or(options.publish.then_some(PUBLISHED_FPS));
    let course = Course {
        painter: Painter::new(options.size, form, text),
        count: options.count,
        interval: fps.map_or(Duration::ZERO, |fps| Duration::from_secs_f64(1.0 / fps)),
        timeout: options.timeout.0,
        clock: &SystemClock,
        shutdown: &shutdown,
        live: std::io::stderr().is_terminal(),
    };
    let what = format!("{} as {}", options.size, form.name());
    if options.publish {
        let mut publisher = Publisher::bind(&options.to, BACKLOG)?;
        eprintln!("publishing pictures of {what} on {}; Ctrl-C ends", publisher.address());
        let summary = publish::publish(&course, &mut publisher)?;
        return Ok(writeln!(out, "{summary}")?);
    }
    eprintln!("sending pictures of {what} to {}; Ctrl-C ends", options.to);
    let tally = send::send(&course, &mut Dealer::connect(&options.to)?)?;
    if tally.answered() == 0 && tally.lost > 0 {
        bail!("no answer in {}: {}", options.timeout, reach::why(&options.to));
    }
    writeln!(out, "{tally}").context("cannot write what came of it")?;
    verdict(&tally)
}

/// For scripts: what was not taken is a failure.
fn verdict(tally: &Tally) -> Result<()> {
    match (tally.refused.total(), tally.lost) {
        (0, 0) => Ok(()),
        (refused, lost) => bail!("of {} pictures {refused} were refused and {lost} not answered", tally.sent),
    }
}

fn fps(text: &str) -> Result<f64, String> {
    let fps: f64 = text.parse().map_err(|_| format!("`{text}` is not a number; write 10 or 0.5"))?;
    if (0.001..=10_000.0).contains(&fps) { Ok(fps) } else { Err("write 0.001 to 10000".to_owned()) }
}
