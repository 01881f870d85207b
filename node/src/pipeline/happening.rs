//! One event from its start to its end: its id, its highest score, where it was, and the frame that shows
//! most of it. Knows no text and no network.

use std::sync::Arc;

use picket_common::event::{EventData, Phase};
use picket_common::wire::StreamId;

use super::ring::Held;
use crate::detector::Observation;

/// An event that goes on.
#[derive(Debug)]
pub(super) struct Happening {
    pub(super) id: Arc<str>,
    /// The frame with the highest score so far.
    pub(super) best: Arc<Held>,
    score: f64,
    boxes: Vec<[u32; 4]>,
    grid: [u16; 16],
}

impl Happening {
    /// It starts with this frame.
    pub(super) fn start(frame: &Arc<Held>, seen: &Observation) -> Happening {
        Happening {
            id: StreamId::random().to_string().into(),
            best: frame.clone(),
            score: seen.score,
            boxes: seen.boxes.clone(),
            grid: seen.grid,
        }
    }

    /// It goes on.
    pub(super) fn go_on(&mut self, frame: &Arc<Held>, seen: &Observation) {
        for (row, new) in self.grid.iter_mut().zip(seen.grid) {
            *row |= new;
        }
        if seen.score > self.score {
            self.score = seen.score;
            self.boxes = seen.boxes.clone();
            self.best = frame.clone();
        }
    }

    /// What there is to say of it.
    pub(super) fn data(&self, phase: Phase, what: &str, detector: &str, state: &str) -> EventData {
        EventData {
            detector: Some(detector.to_owned()),
            score: Some(rounded(self.score)),
            boxes: self.boxes.clone(),
            grid: Some(self.grid.iter().map(|row| format!("{row:04x}")).collect()),
            ..EventData::new(phase, what, state)
        }
    }
}

/// Six places are more than a picture's pixels can tell apart, and spare the log.
pub(super) fn rounded(score: f64) -> f64 {
    (score * 1e6).round() / 1e6
}
