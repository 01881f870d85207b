//! What has a thread of its own beside the cameras and the uplink: an input, a sensor, a lamp.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::tz::TimeZone;
use picket_common::pulse::Beat;
use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;
use tracing::{info, info_span};

use crate::activity::Activity;
use crate::author::Author;
use crate::config::NodeConfig;
use crate::lamp;
use crate::output::Outputs;
use crate::pins::{self, Board};
use crate::sensor;
use crate::trigger::Triggers;

/// Something that is done again and again, on a thread of its own.
pub trait Worker: Send {
    /// What the thread is called: `input-pir`.
    fn name(&self) -> String;

    /// Does what is due, and says how long there is nothing to do. It may itself wait up to a second for
    /// something to happen; what may hang longer has to be given up before.
    fn step(&mut self) -> Duration;

    /// The node stops: events that go on are ended, pins are left as they are safe.
    fn stop(&mut self);
}

/// How long a worker may give no sign of life before it counts as hanging: its step is short.
pub const LIMIT: Duration = Duration::from_secs(60);

/// One with nothing to do gives a sign of life at least so often.
const NAP: Duration = Duration::from_secs(10);

/// What a worker's thread does until a shutdown is requested.
pub fn run(mut worker: Box<dyn Worker>, beat: &Beat, clock: &dyn Clock, shutdown: &Shutdown) {
    let _span = info_span!("node", part = %worker.name()).entered();
    while !shutdown.is_requested() {
        beat.beat();
        let mut pause = worker.step();
        while !pause.is_zero() && !clock.wait(pause.min(NAP), shutdown) {
            pause = pause.saturating_sub(NAP);
            beat.beat();
        }
    }
    worker.stop();
}

/// What all parts of a node share.
#[derive(Clone)]
pub struct Shared {
    /// Speaks for the node; a part with a name of its own makes it its view.
    pub author: Author,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// What goes on right now.
    pub activity: Activity,
    /// What makes cameras keep frames.
    pub triggers: Triggers,
    /// Other programs that get frames too.
    pub outputs: Outputs,
}

/// All that the configuration asks for. The board is opened once, and only if something needs it.
///
/// # Errors
/// What cannot work: a pin that is in use or that this machine does not have.
pub fn build(config: &NodeConfig, shared: &Shared) -> Result<Vec<Box<dyn Worker>>> {
    let board = config.needs_pins().then(open_pins).transpose();
    let board = board.with_context(|| format!("pins are needed for {}", config.pin_users().join(", ")))?;
    let mut workers = Vec::new();
    // Lamps first: after a crash they are to be safe before anything else.
    if let Some(board) = &board {
        workers.extend(lamp::build(config, shared, board, &TimeZone::system())?);
    }
    workers.extend(sensor::build(config, shared, board.as_ref())?);
    Ok(workers)
}

fn open_pins() -> Result<Arc<dyn Board>> {
    let board = pins::open()?;
    info!(pins = board.name(), "pins opened");
    Ok(board)
}
