//! Pins, as inputs, outputs and dimmed outputs, whatever board they are on. Knows no sensor, no lamp and no
//! configuration.
//!
//! **What an output does when nobody holds it.** When the node stops, an output goes to its safe level first. On
//! Raspberry Pi OS it then stays an output at that level, which is safer for a relay or a transistor than a pin that
//! floats. When the node is killed, nothing goes anywhere: the pin keeps its last level until a node opens it again,
//! which systemd sees to within seconds. (`strict_gpiod` in config.txt, and kernels that are not Raspberry Pi's, make
//! an input of each pin that the character device lets go.) At power-on every pin is an input until the node starts:
//! a lamp that must be dark by then needs a resistor.

mod chardev;
mod rppal;
pub mod simulated;
mod soft_pwm;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use embedded_hal::digital::{self, InputPin, OutputPin};
use embedded_hal::pwm::{self, SetDutyCycle};
use tracing::debug;

/// Opens this machine's pins: by rppal on the boards that it knows, else by the kernel's GPIO character device.
///
/// # Errors
/// Why neither can be used, and what to try.
pub fn open() -> Result<Arc<dyn Board>, PinError> {
    let by_rppal = match self::rppal::open() {
        Ok(board) => return Ok(Arc::new(board)),
        Err(error) => error,
    };
    debug!("no pins by rppal: {by_rppal}");
    match chardev::open() {
        Ok(board) => Ok(Arc::new(board)),
        Err(by_chardev) => Err(neither(&by_rppal.0, &by_chardev.0)),
    }
}

fn neither(by_rppal: &str, by_chardev: &str) -> PinError {
    let reasons = format!("rppal says: {by_rppal}; the GPIO character device: {by_chardev}");
    let hint = if reasons.to_lowercase().contains("permission denied") {
        "is the user in the group `gpio`? `sudo usermod -aG gpio USER`, and log in again"
    } else {
        "pins need a Raspberry Pi, or a board whose GPIO lines are named GPIO17 and so on"
    };
    PinError(format!("no pins can be used here ({reasons}); {hint}"))
}

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
    /// Which board this is and how it is spoken to: `Raspberry Pi 3 B, by rppal`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_both_ways_that_were_tried_and_what_to_do() {
        let check = |rppal, chardev, expected| assert_eq!(neither(rppal, chardev).to_string(), expected);
        check(
            "Unknown Raspberry Pi model",
            "there is no /dev/gpiochip*",
            "no pins can be used here (rppal says: Unknown Raspberry Pi model; the GPIO character device: there is no \
             /dev/gpiochip*); pins need a Raspberry Pi, or a board whose GPIO lines are named GPIO17 and so on",
        );
        check(
            "Permission denied: /dev/gpiomem",
            "/dev/gpiochip0: Permission denied (os error 13)",
            "no pins can be used here (rppal says: Permission denied: /dev/gpiomem; the GPIO character device: \
             /dev/gpiochip0: Permission denied (os error 13)); is the user in the group `gpio`? `sudo usermod -aG gpio \
             USER`, and log in again",
        );
    }
}
