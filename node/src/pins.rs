//! Pins, as inputs, outputs and dimmed outputs, whatever board they are on. Knows no sensor, no lamp and no
//! configuration.

pub mod simulated;

use std::fmt;
use std::time::Duration;

use embedded_hal::digital::{self, InputPin, OutputPin};
use embedded_hal::pwm::{self, SetDutyCycle};

/// The duty with which a dimmed output is high all the time, on every board.
pub const FULL_DUTY: u16 = 10_000;

/// What holds an input at its level while nothing drives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pull {
    /// Towards 3.3 V.
    Up,
    /// Towards ground.
    Down,
    /// Nothing.
    #[default]
    Off,
}

/// A board's pins, by their BCM numbers (GPIO17 is 17). A pin is free again once what was opened is dropped.
pub trait Board: Send + Sync {
    /// Which board this is and how it is spoken to: `Raspberry Pi 3 B (rppal)`.
    fn name(&self) -> String;

    /// Opens a pin as input.
    fn input(&self, gpio: u8, pull: Pull) -> Result<Box<dyn Input>, PinError>;

    /// Opens a pin as output, at a level from the first moment on. It goes to `safe` when it is dropped, and stays
    /// there as far as the board lets it.
    fn output(&self, gpio: u8, high: bool, safe: bool) -> Result<Box<dyn Output>, PinError>;

    /// Opens a pin as dimmed output (PWM), at duty 0.
    fn dimmer(&self, gpio: u8, frequency_hz: u32) -> Result<Box<dyn Dimmer>, PinError>;
}

/// An input.
pub trait Input: InputPin<Error = PinError> + Send {
    /// Waits until the level changes, for at most `limit`; whether it did. Some drivers lose edges: look at the
    /// level too. On a simulated board it takes no time.
    fn wait_for_edge(&mut self, limit: Duration) -> Result<bool, PinError>;
}

/// An output that is high or low.
pub trait Output: OutputPin<Error = PinError> + Send {}

/// An output whose level is dimmed: the duty is the share of the time in which the pin is high, of [`FULL_DUTY`]. Low
/// when it is dropped.
pub trait Dimmer: SetDutyCycle<Error = PinError> + Send {}

/// What is wrong with a pin, and what to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinError(pub String);

impl fmt::Display for PinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PinError {}

impl digital::Error for PinError {
    fn kind(&self) -> digital::ErrorKind {
        digital::ErrorKind::Other
    }
}

impl pwm::Error for PinError {
    fn kind(&self) -> pwm::ErrorKind {
        pwm::ErrorKind::Other
    }
}
