//! One camera, from its frames to the outbox: each frame is seen, shown to the detectors, and what they find
//! becomes events and frames to keep. The choice of frames is made here and nowhere else. Knows no source,
//! no network, no pins and no library of pictures.

mod happening;
mod roll;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::tz::TimeZone;
use picket_common::event::{EventData, ImageData, Phase, Role};
use picket_common::wire::StreamId;
use tracing::{info, warn};

use self::happening::{Happening, rounded};
use self::roll::{Roll, Turn};
use crate::author::{Author, Moment};
use crate::config::{CameraConfig, CameraSend, DetectorConfig, EventSend};
use crate::detector::{self, Detector, Observation, State};
use crate::frame::Frame;
use crate::outbox::Class;
use crate::seen::Seen;
use crate::view::{self, Overlays, View};

/// So many frames are remembered as sent, so that no trigger sends one again.
const REMEMBERED: usize = 4096;

/// One camera's way from frame to message.
pub struct Pipeline {
    author: Author,
    view: View,
    overlays: Overlays,
    quality: u8,
    watchers: Vec<Watcher>,
    sampler: Sampler,
    /// The frames sent lately, each with its event.
    sent: VecDeque<(u64, Option<String>)>,
    /// The event of the camera's being lost.
    lost: Option<String>,
    /// A frame could not be used; said once until one can.
    troubled: bool,
    passed_over: u64,
}

/// A detector with what it makes the node send.
struct Watcher {
    what: &'static str,
    name: String,
    detector: Box<dyn Detector>,
    roll: Option<Roll>,
    sampler: Sampler,
    happening: Option<Happening>,
    /// The event whose post-roll is kept.
    last: Option<String>,
}

/// Sends frames with no regard to what is seen in them.
struct Sampler {
    send: CameraSend,
    last: Option<Duration>,
}

impl Pipeline {
    /// The pipeline of a configured camera.
    pub fn new(camera: &CameraConfig, author: Author) -> Result<Pipeline> {
        let watchers = camera.detectors.iter().map(Watcher::new).collect::<Result<_>>();
        Ok(Pipeline {
            watchers: watchers.with_context(|| format!("camera {}", author.subject()))?,
            view: View::new(camera),
            overlays: Overlays::new(camera, TimeZone::system()),
            quality: camera.jpeg_quality,
            sampler: Sampler { send: camera.send, last: None },
            author,
            sent: VecDeque::new(),
            lost: None,
            troubled: false,
            passed_over: 0,
        })
    }

    /// The camera, as its texts begin.
    pub fn subject(&self) -> String {
        self.author.subject()
    }

    /// Takes the next frame. One that cannot be decoded is passed over.
    pub fn take(&mut self, frame: Frame) {
        let taken = self.try_take(frame);
        self.passed_over += u64::from(taken.is_err());
        match taken {
            Ok(()) => self.troubled = false,
            Err(error) if self.troubled => tracing::debug!("a frame was passed over: {error:#}"),
            Err(error) => {
                self.troubled = true;
                warn!("a frame was passed over: {error:#}");
            }
        }
    }

    /// How many frames could not be used.
    pub fn passed_over(&self) -> u64 {
        self.passed_over
    }

    fn try_take(&mut self, frame: Frame) -> Result<()> {
        let seen = self.view.see(frame)?;
        let mut watchers = std::mem::take(&mut self.watchers);
        let results: Vec<Result<()>> = watchers.iter_mut().map(|watcher| self.watch(watcher, &seen)).collect();
        self.watchers = watchers;
        if let Some(role) = self.sampler.role(seen.frame()) {
            self.keep(Class::Continuous, role, seen.frame(), None)?;
        }
        results.into_iter().collect()
    }

    fn watch(&mut self, watcher: &mut Watcher, seen: &Seen) -> Result<()> {
        let frame = seen.frame();
        let found = watcher.detector.observe(seen)?;
        let turn = self.tell(watcher, frame, &found);
        let id = watcher.last.clone();
        let kept = watcher.roll.as_mut().map(|roll| roll.turn(turn, frame)).unwrap_or_default();
        for (role, frame) in kept {
            // The trigger goes with the event: whatever has to be dropped later, each event keeps a picture.
            let class = if role == Role::Trigger { Class::Event } else { Class::EventFrame };
            self.keep(class, role, &frame, id.as_deref())?;
        }
        if turn == Turn::End
            && let Some(ended) = watcher.happening.take()
            && watcher.roll.is_some()
        {
            self.keep(Class::Event, Role::Best, &ended.best, id.as_deref())?;
        }
        if let Some(role) = watcher.sampler.role(frame) {
            self.keep(Class::Continuous, role, frame, None)?;
        }
        Ok(())
    }

    /// Makes events of what was found.
    fn tell(&mut self, watcher: &mut Watcher, frame: &Frame, found: &Observation) -> Turn {
        if let Some(happening) = &mut watcher.happening {
            happening.go_on(frame, found);
        }
        let Some(state) = found.state.filter(|_| found.changed) else { return Turn::Same };
        let moment = Moment { at: frame.at, mono: frame.mono };
        if state.is_active() {
            let happening = Happening::start(frame, found, state);
            let data = happening.data(Phase::Start, watcher.what, &watcher.name, state);
            info!(detector = %watcher.name, score = data.score, "{}", state.word());
            self.author.event(moment, Some(&happening.id), &data);
            watcher.last = Some(happening.id.clone());
            watcher.happening = Some(happening);
            return Turn::Start;
        }
        let Some(happening) = &watcher.happening else {
            self.first_state(watcher, moment, state, found.score);
            return Turn::Same;
        };
        let data = happening.data(Phase::End, watcher.what, &watcher.name, state);
        info!(detector = %watcher.name, score = data.score, "{}", state.word());
        self.author.event(moment, Some(&happening.id), &data);
        Turn::End
    }

    /// The first state after the start is told, as imagenode tells it, but it is no event.
    fn first_state(&self, watcher: &Watcher, moment: Moment, state: State, score: f64) {
        let data = EventData {
            detector: Some(watcher.name.clone()),
            score: Some(rounded(score)),
            reason: Some("first state after the start".to_owned()),
            ..EventData::new(Phase::Update, watcher.what, state.word())
        };
        self.author.event(moment, None, &data);
    }

    /// Sends a frame, unless it was sent already. Detectors share the frames of their events, but for the trigger: each
    /// event has one of its own.
    fn keep(&mut self, class: Class, role: Role, frame: &Frame, id: Option<&str>) -> Result<()> {
        let is_sent = |(index, event): &(u64, Option<String>)| {
            *index == frame.index && (role != Role::Trigger || event.as_deref() == id)
        };
        if self.sent.iter().any(is_sent) {
            return Ok(());
        }
        let jpeg = view::encode(frame, self.quality, &self.overlays)?;
        let (width, height) = frame.picture.size();
        let moment = Moment { at: frame.at, mono: frame.mono };
        self.author.image(class, moment, id, &ImageData { role, width, height, also: Vec::new() }, jpeg);
        self.sent.push_back((frame.index, id.map(str::to_owned)));
        if self.sent.len() > REMEMBERED {
            self.sent.pop_front();
        }
        Ok(())
    }

    /// The camera gives no more frames, for now.
    pub fn lost(&mut self, reason: &str) {
        let id = StreamId::random().to_string();
        let data = EventData { reason: Some(reason.to_owned()), ..EventData::new(Phase::Start, "camera", "lost") };
        self.author.event(self.author.now(), Some(&id), &data);
        self.lost = Some(id);
    }

    /// It gives frames again.
    pub fn back(&mut self) {
        let id = self.lost.take();
        let data = EventData::new(Phase::End, "camera", "back");
        self.author.event(self.author.now(), id.as_deref(), &data);
    }

    /// The node stops: events that go on are ended.
    pub fn stop(&mut self) {
        for mut watcher in std::mem::take(&mut self.watchers) {
            let Some(happening) = watcher.happening.take() else { continue };
            let mut data = happening.data(Phase::End, watcher.what, &watcher.name, happening.state.idle());
            data.reason = Some("the node stopped".to_owned());
            self.author.event(self.author.now(), Some(&happening.id), &data);
            if watcher.roll.is_some()
                && let Err(error) = self.keep(Class::Event, Role::Best, &happening.best, Some(&happening.id))
            {
                warn!("the event's best frame was not sent: {error:#}");
            }
        }
    }
}

impl Watcher {
    fn new(config: &DetectorConfig) -> Result<Watcher> {
        let (roll, send) = match *config.send() {
            EventSend::Frames { before, during, after } => (Some(Roll::new(before, during, after)), CameraSend::None),
            EventSend::None => (None, CameraSend::None),
            EventSend::Continuous => (None, CameraSend::Continuous),
            EventSend::Every(every) => (None, CameraSend::Every(every)),
        };
        Ok(Watcher {
            what: config.what(),
            name: config.name().to_owned(),
            detector: detector::build(config)?,
            roll,
            sampler: Sampler { send, last: None },
            happening: None,
            last: None,
        })
    }
}

impl Sampler {
    /// Whether this frame is sent, and as what.
    fn role(&mut self, frame: &Frame) -> Option<Role> {
        match self.send {
            CameraSend::None => None,
            CameraSend::Continuous => Some(Role::Continuous),
            CameraSend::Every(every) => {
                let is_due = self.last.is_none_or(|last| frame.mono.saturating_sub(last) >= every.0);
                is_due.then(|| {
                    self.last = Some(frame.mono);
                    Role::Sample
                })
            }
        }
    }
}
