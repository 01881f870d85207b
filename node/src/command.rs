//! What the hub asks for: a snapshot or a recording, of one camera or of all. Each is told as an event and pulls a trigger
//! of its own, so that it has its frames as every other event has. The uplink hands commands on and does not wait; a
//! worker carries them out. Knows no pixels and no network.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use picket_common::config::nearest;
use picket_common::event::{COMMAND, EventData, Phase, Role};
use picket_common::name;
use picket_common::wire::{Command, Order, StreamId};
use tracing::{debug, info, warn};

use crate::author::{Author, Moment};
use crate::config::{Amount, CameraConfig, Frames, NodeConfig, Protocol, Rate, TriggerConfig};
use crate::trigger::{Edge, Trigger};
use crate::worker::{Shared, Worker};

/// It is looked for commands, and for recordings that end, so often.
const LOOK: Duration = Duration::from_millis(100);
/// So many commands may wait; a hub that sends more at once is not taken at its word.
const MOST_WAITING: usize = 32;
/// Why the events are there.
const ASKED: &str = "asked by the hub";

/// Commands on their way from the uplink to the worker. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Commands(Arc<Mutex<VecDeque<Command>>>);

impl Commands {
    /// Hands one on; never waits. Where too many wait it is dropped.
    pub fn add(&self, command: Command) {
        let mut waiting = self.lock();
        if waiting.len() < MOST_WAITING {
            waiting.push_back(command);
        } else {
            warn!(?command, "a command was dropped: {MOST_WAITING} others wait");
        }
    }

    /// The oldest.
    pub fn take(&self) -> Option<Command> {
        self.lock().pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Command>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The worker that carries out commands; none where no command can come. To be built before the cameras run.
pub fn build(config: &NodeConfig, shared: &Shared, commands: Commands) -> Option<Box<dyn Worker>> {
    let is_wanted = config.hub.protocol == Protocol::Picket && !config.cameras.is_empty();
    is_wanted.then(|| Box::new(Obedience::new(&config.cameras, shared, commands)) as Box<dyn Worker>)
}

/// Carries out commands.
struct Obedience {
    commands: Commands,
    author: Author,
    cameras: Vec<Camera>,
}

/// What can be asked of one camera.
struct Camera {
    author: Author,
    snapshot: Trigger,
    record: Trigger,
    recording: Option<Recording>,
}

/// A recording that goes on.
struct Recording {
    event: String,
    /// In uptime.
    until: Duration,
}

impl Obedience {
    fn new(cameras: &[CameraConfig], shared: &Shared, commands: Commands) -> Obedience {
        let cameras = cameras.iter().map(|camera| Camera::new(camera.view.as_deref(), shared)).collect();
        Obedience { commands, author: shared.author.clone(), cameras }
    }

    fn obey(&mut self, command: &Command) {
        if command.order == Order::Other {
            return debug!("an unknown order of the hub is ignored");
        }
        let asked = |camera: &&mut Camera| command.view.is_none() || camera.author.view == command.view;
        let cameras: Vec<&mut Camera> = self.cameras.iter_mut().filter(asked).collect();
        if cameras.is_empty()
            && let Some(view) = &command.view
        {
            return self.refuse(view);
        }
        for camera in cameras {
            match command.order {
                Order::Snapshot => camera.snap(),
                Order::Record { for_ms } => camera.record(Duration::from_millis(for_ms).min(Order::LONGEST)),
                Order::Other => {}
            }
        }
    }

    /// There is no such view: whoever asked learns it from the event.
    fn refuse(&self, view: &str) {
        let known: Vec<&str> = self.cameras.iter().filter_map(|camera| camera.author.view.as_deref()).collect();
        let view = name::clean(view);
        let which = match (nearest(&view, &known), known.as_slice()) {
            (Some(near), _) => format!("did you mean {near}?"),
            (None, []) => "the only camera has none; ask without a view".to_owned(),
            (None, known) => format!("there is {}", known.join(", ")),
        };
        let reason = format!("no camera has the view {view}; {which}");
        warn!("the hub asked for something that cannot be done: {reason}");
        tell(&self.author, self.author.now(), &StreamId::random().to_string(), (Phase::End, "refused"), &reason);
    }
}

impl Camera {
    fn new(view: Option<&str>, shared: &Shared) -> Camera {
        let cameras = Some(vec![view.unwrap_or_default().to_owned()]);
        let one = Frames { before: Amount::Frames(0), during: Rate::None, after: Amount::Frames(0) };
        let config = |send| TriggerConfig { cameras: cameras.clone(), send, ..TriggerConfig::default() };
        Camera {
            author: Author { view: view.map(str::to_owned), ..shared.author.clone() },
            snapshot: shared.triggers.trigger_as(Role::Snapshot, "snapshot", &config(one)),
            record: shared.triggers.trigger("recording", &config(Frames::default())),
            recording: None,
        }
    }

    fn snap(&self) {
        let (moment, event) = (self.author.now(), StreamId::random().to_string());
        info!(camera = %self.author.subject(), "the hub asked for a snapshot");
        // Over as soon as it begins: its end alone tells both.
        tell(&self.author, moment, &event, (Phase::End, "snapshot"), ASKED);
        self.snapshot.pull_at_once(&event, moment.mono);
    }

    /// Records for so long from now; a recording that goes on is prolonged, and never cut.
    fn record(&mut self, time: Duration) {
        let moment = self.author.now();
        let until = moment.mono + time;
        info!(camera = %self.author.subject(), ?time, "the hub asked for a recording");
        if let Some(recording) = &mut self.recording {
            recording.until = recording.until.max(until);
            return;
        }
        let event = StreamId::random().to_string();
        tell(&self.author, moment, &event, (Phase::Start, "recording"), ASKED);
        self.record.pull(&event, Edge::Start, moment.mono);
        self.recording = Some(Recording { event, until });
    }

    fn end_if_due(&mut self) {
        let now = self.author.clock.uptime();
        if self.recording.as_ref().is_some_and(|recording| recording.until <= now) {
            self.end(ASKED);
        }
    }

    fn end(&mut self, reason: &str) {
        let Some(Recording { event, .. }) = self.recording.take() else { return };
        let moment = self.author.now();
        tell(&self.author, moment, &event, (Phase::End, "done"), reason);
        self.record.pull(&event, Edge::End, moment.mono);
    }
}

fn tell(author: &Author, moment: Moment, event: &str, (phase, state): (Phase, &str), reason: &str) {
    let data = EventData { reason: Some(reason.to_owned()), ..EventData::new(phase, COMMAND, state) };
    author.event(moment, Some(event), &data);
}

impl Worker for Obedience {
    fn name(&self) -> String {
        "commands".to_owned()
    }

    fn step(&mut self) -> Duration {
        while let Some(command) = self.commands.take() {
            self.obey(&command);
        }
        self.cameras.iter_mut().for_each(Camera::end_if_due);
        LOOK
    }

    fn stop(&mut self) {
        self.cameras.iter_mut().for_each(|camera| camera.end("the node stopped"));
    }
}

#[cfg(test)]
mod tests;
