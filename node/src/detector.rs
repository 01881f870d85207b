//! The trait every detector has, and the one place where they are built. Detectors see frames and give
//! what they see in them; they know no source, no spool, no network and no clock.

use crate::frame::Frame;

/// A detector's state, after its state machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Moving,
    Still,
    Lighted,
    Dark,
}

impl State {
    /// The word in event texts.
    pub fn word(self) -> &'static str {
        match self {
            State::Moving => "moving",
            State::Still => "still",
            State::Lighted => "lighted",
            State::Dark => "dark",
        }
    }

    /// Whether an event goes on while this state lasts (moving, lighted).
    pub fn is_active(self) -> bool {
        matches!(self, State::Moving | State::Lighted)
    }
}

/// What a detector saw in one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// This frame alone, before the state machine: it moves (motion) or is bright (light).
    pub active: bool,
    /// The state after the state machine; none before the first.
    pub state: Option<State>,
    /// The state has changed with this frame (also when the first state is reached).
    pub changed: bool,
    /// The changed share of the region, 0 to 1 (light: mean brightness / 255).
    pub score: f64,
    /// Where, as `[x, y, width, height]` in pixels of the whole frame as the detector saw it.
    pub boxes: Vec<[u32; 4]>,
    /// Which of 16 x 16 cells of the whole frame changed: row 0 is the top, the leftmost cell the highest bit.
    pub grid: [u16; 16],
}

/// Looks at one frame after the other.
pub trait Detector: Send {
    /// What is in this frame, as seen (turned and resized).
    fn observe(&mut self, frame: &Frame) -> anyhow::Result<Observation>;
}
