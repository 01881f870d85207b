//! The trait every detector has, and the one place where they are built. Detectors see frames and give
//! what they see in them; they know no source, no spool, no network and no clock.

mod grid;
mod light;
mod motion;

use anyhow::Result;

use crate::config::{DetectorConfig, MotionMethod};
use crate::seen::Seen;

/// A detector's state, after its state machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Something moves.
    Moving,
    /// Nothing does.
    Still,
    /// It is bright.
    Lighted,
    /// It is not.
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
    /// Where, as `[x, y, width, height]` in pixels of the whole frame as the detector saw it; from the
    /// top down.
    pub boxes: Vec<[u32; 4]>,
    /// Which of 16 x 16 cells of the whole frame changed: row 0 is the top, the leftmost cell the highest bit.
    pub grid: [u16; 16],
}

/// Looks at one frame after the other.
pub trait Detector: Send {
    /// What is in this frame, as seen (turned and resized).
    ///
    /// When the frames' size changes, looking starts afresh: nothing is compared or counted across the
    /// change, but the state stays what it was until another is reached.
    ///
    /// # Errors
    /// The picture cannot be decoded, or the region holds no pixel of it. The next frame may be better.
    fn observe(&mut self, seen: &Seen) -> Result<Observation>;
}

/// The detector that was configured.
///
/// # Errors
/// A setting that no picture could be looked at with.
pub fn build(config: &DetectorConfig) -> Result<Box<dyn Detector>> {
    Ok(match config {
        DetectorConfig::Motion(motion) => match motion.method {
            MotionMethod::Imagenode => Box::new(motion::Motion::new(motion)?),
        },
        DetectorConfig::Light(light) => Box::new(light::Light::new(light)?),
    })
}

/// A state from one frame to the next, and whether it has just changed.
#[derive(Debug, Default)]
struct Latch(Option<State>);

impl Latch {
    /// `decided` is none while nothing can be decided: then it stays.
    fn set(&mut self, decided: Option<State>) -> bool {
        let changed = decided.is_some() && decided != self.0;
        self.0 = decided.or(self.0);
        changed
    }
}
