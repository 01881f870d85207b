//! One detector with what it makes the node tell and send: its events, and the frames that it keeps for them. Knows no
//! other detector and no network.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use picket_common::event::{EventData, Phase, Role, UNKNOWN};
use tracing::info;

use super::happening::{Happening, rounded};
use super::ring::Held;
use super::roll::{Roll, Turn};
use super::sampler::Sampler;
use super::share::Want;
use crate::config::{CameraSend, DetectorConfig, EventSend};
use crate::detector::{self, Detector, Observation, State};
use crate::seen::Seen;
use crate::trigger::{Edge, Trigger};

/// What is to be told of an event, or of a state without one.
pub(super) struct News {
    pub(super) event: Option<Arc<str>>,
    pub(super) data: EventData,
}

/// A detector with what it makes the node tell and send.
pub(super) struct Watcher {
    /// As `view/detector`, as lamps and further cameras know it.
    pub(super) key: String,
    what: &'static str,
    name: String,
    detector: Box<dyn Detector>,
    roll: Option<Roll>,
    pub(super) sampler: Sampler,
    happening: Option<Happening>,
    /// For further cameras.
    trigger: Trigger,
    /// They were told that it is over, as the camera was lost.
    is_paused: bool,
}

/// What came of one frame.
#[derive(Default)]
pub(super) struct Found {
    pub(super) news: Option<News>,
    pub(super) wants: Vec<Want>,
    /// The state has become this.
    pub(super) active: Option<bool>,
}

impl Watcher {
    pub(super) fn new(config: &DetectorConfig, key: String, trigger: Trigger) -> Result<Watcher> {
        let (roll, send) = match *config.send() {
            EventSend::Frames(send) => (Some(Roll::of_detector(send, config.trigger())), CameraSend::None),
            EventSend::None => (None, CameraSend::None),
            EventSend::Continuous => (None, CameraSend::Continuous),
            EventSend::Every(every) => (None, CameraSend::Every(every)),
        };
        Ok(Watcher {
            key,
            what: config.what(),
            name: config.name().to_owned(),
            detector: detector::build(config)?,
            roll,
            sampler: Sampler::new(send),
            happening: None,
            trigger,
            is_paused: false,
        })
    }

    /// Looks at a frame.
    pub(super) fn watch(&mut self, seen: &Seen, frame: &Arc<Held>) -> Result<Found> {
        let observed = self.detector.observe(seen)?;
        if let Some(happening) = &mut self.happening {
            happening.go_on(frame, &observed);
        }
        let mut found = Found::default();
        if std::mem::take(&mut self.is_paused)
            && let Some(happening) = &self.happening
        {
            self.trigger.pull(&happening.id, Edge::Start, frame.mono);
            found.active = Some(true);
        }
        let mut turn = None;
        let mut over = None;
        if let Some(state) = observed.state.filter(|_| observed.changed) {
            found.active = Some(state.is_active());
            found.news = Some(self.tell(state, frame, &observed, &mut over));
            let turned = |edge, id: &Arc<str>| Turn { event: id.clone(), edge, mono: frame.mono };
            let began = self.happening.as_ref().filter(|_| state.is_active());
            turn = began.map(|began| turned(Edge::Start, &began.id));
            turn = turn.or(over.as_ref().map(|over: &Happening| turned(Edge::End, &over.id)));
        }
        if let Some(Turn { event, edge, mono }) = &turn {
            self.trigger.pull(event, *edge, *mono);
        }
        if let Some(roll) = &mut self.roll {
            found.wants = roll.take(turn.as_slice(), frame);
        }
        found.wants.extend(over.and_then(|over| self.best(over)));
        Ok(found)
    }

    /// Makes an event of a state that was reached; `over` becomes the one that it ends.
    fn tell(&mut self, state: State, frame: &Arc<Held>, observed: &Observation, over: &mut Option<Happening>) -> News {
        if state.is_active() {
            let happening = Happening::start(frame, observed);
            let news = self.news(&happening, Phase::Start, state.word());
            self.happening = Some(happening);
            return news;
        }
        match self.happening.take() {
            Some(happening) => {
                let news = self.news(&happening, Phase::End, state.word());
                *over = Some(happening);
                news
            }
            None => self.first_state(state, observed.score),
        }
    }

    fn news(&self, happening: &Happening, phase: Phase, state: &str) -> News {
        let data = happening.data(phase, self.what, &self.name, state);
        info!(detector = %self.name, score = data.score, "{state}");
        News { event: Some(happening.id.clone()), data }
    }

    /// The first state after the start is told, as imagenode tells it, but it is no event.
    fn first_state(&self, state: State, score: f64) -> News {
        let data = EventData {
            detector: Some(self.name.clone()),
            score: Some(rounded(score)),
            reason: Some("first state after the start".to_owned()),
            ..EventData::new(Phase::Update, self.what, state.word())
        };
        News { event: None, data }
    }

    /// The frame that shows most of an event that is over, if frames were kept for it.
    fn best(&self, over: Happening) -> Option<Want> {
        self.roll.as_ref().filter(|roll| roll.keeps(&over.id))?;
        Some(Want { event: Some(over.id), role: Role::Best, frame: over.best })
    }

    /// The camera was away and is back.
    pub(super) fn resume(&mut self) {
        if let Some(roll) = &mut self.roll {
            roll.resume(&mut Vec::new(), Duration::ZERO);
        }
    }

    /// The camera is lost: nobody knows whether an event goes on, and neither lamps nor further cameras wait for that.
    pub(super) fn pause(&mut self, now: Duration) -> Found {
        let Some(happening) = &self.happening else { return Found::default() };
        self.is_paused = true;
        self.trigger.pull(&happening.id, Edge::End, now);
        Found { active: Some(false), ..Found::default() }
    }

    /// The node stops: an event that goes on is ended, in a state that nobody has seen.
    pub(super) fn stop(&mut self, now: Duration) -> Found {
        let Some(happening) = self.happening.take() else { return Found::default() };
        self.trigger.pull(&happening.id, Edge::End, now);
        let mut news = self.news(&happening, Phase::End, UNKNOWN);
        news.data.reason = Some("the node stopped".to_owned());
        Found { news: Some(news), wants: self.best(happening).into_iter().collect(), active: Some(false) }
    }
}
