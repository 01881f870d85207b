//! A board in memory, for tests: they drive its pins from outside as a PIR, a lamp or a thief with pliers would, and see
//! what comes out of them. Behaves as the real ones do, by the same conformance suite.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use embedded_hal::digital::{ErrorType, InputPin, OutputPin};
use embedded_hal::pwm::{self, SetDutyCycle};

use super::{Board, Dimmer, FULL_DUTY, Input, Output, PinError, Pull};

/// The pins of a Raspberry Pi's header: GPIO0 to GPIO27.
const PINS: u8 = 28;

/// A board in memory. Clones are the same board.
#[derive(Debug, Clone, Default)]
pub struct Simulated(Arc<Mutex<Bank>>);

#[derive(Debug, Default)]
struct Bank {
    pins: BTreeMap<u8, Pin>,
    broken: Option<String>,
}

#[derive(Debug, Default)]
struct Pin {
    usage: Usage,
    /// What drives it from outside.
    driven: Option<bool>,
    /// Another program that has it.
    taken_by: Option<String>,
    /// Edges since the last wait.
    edges: u32,
    loses_edges: bool,
}

/// What the board does with a pin.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Usage {
    /// An output that was dropped stays driven.
    Free {
        kept: Option<bool>,
    },
    Input(Pull),
    Output {
        high: bool,
        safe: bool,
    },
    Dimmer {
        duty: u16,
    },
}

impl Default for Usage {
    fn default() -> Usage {
        Usage::Free { kept: None }
    }
}

impl Pin {
    /// What a voltmeter would show.
    fn level(&self) -> bool {
        match self.usage {
            Usage::Output { high, .. } | Usage::Free { kept: Some(high) } => high,
            Usage::Dimmer { duty } => duty > 0,
            Usage::Input(pull) => self.driven.unwrap_or(pull == Pull::Up),
            Usage::Free { kept: None } => self.driven.unwrap_or(false),
        }
    }
}

/// From outside.
impl Simulated {
    /// A board with nothing connected to it.
    pub fn new() -> Simulated {
        Simulated::default()
    }

    /// Drives a pin high or low.
    pub fn drive(&self, gpio: u8, high: bool) {
        self.drive_or_release(gpio, Some(high));
    }

    /// Drives a pin no longer: its pull decides.
    pub fn release(&self, gpio: u8) {
        self.drive_or_release(gpio, None);
    }

    fn drive_or_release(&self, gpio: u8, driven: Option<bool>) {
        let mut bank = self.lock();
        let pin = bank.pins.entry(gpio).or_default();
        let before = pin.level();
        pin.driven = driven;
        let is_edge = matches!(pin.usage, Usage::Input(_)) && before != pin.level() && !pin.loses_edges;
        pin.edges += u32::from(is_edge);
    }

    /// What a voltmeter would show at a pin; at a dimmed one, whether it is ever high.
    pub fn level(&self, gpio: u8) -> bool {
        self.lock().pins.get(&gpio).is_some_and(Pin::level)
    }

    /// The share of the time in which a dimmed pin is high, 0 to 1. None if it is no dimmed one.
    pub fn duty(&self, gpio: u8) -> Option<f64> {
        match self.lock().pins.get(&gpio)?.usage {
            Usage::Dimmer { duty } => Some(f64::from(duty) / f64::from(FULL_DUTY)),
            _ => None,
        }
    }

    /// Whether this pin is opened, as whatever.
    pub fn is_open(&self, gpio: u8) -> bool {
        self.lock().pins.get(&gpio).is_some_and(|pin| !matches!(pin.usage, Usage::Free { .. }))
    }

    /// From now on the driver loses a pin's edges, or no longer does.
    pub fn lose_edges(&self, gpio: u8, loses: bool) {
        self.lock().pins.entry(gpio).or_default().loses_edges = loses;
    }

    /// Another program has the pin, as soon as it is not open here; none gives it back.
    pub fn take(&self, gpio: u8, program: Option<&str>) {
        self.lock().pins.entry(gpio).or_default().taken_by = program.map(str::to_owned);
    }

    /// Everything that is done with any pin fails, for this reason; none mends it.
    pub fn break_down(&self, reason: Option<&str>) {
        self.lock().broken = reason.map(str::to_owned);
    }

    fn lock(&self) -> MutexGuard<'_, Bank> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Board for Simulated {
    fn name(&self) -> String {
        "a simulated board".to_owned()
    }

    fn input(&self, gpio: u8, pull: Pull) -> Result<Box<dyn Input>, PinError> {
        Ok(Box::new(self.open(gpio, Usage::Input(pull))?))
    }

    fn output(&self, gpio: u8, high: bool, safe: bool) -> Result<Box<dyn Output>, PinError> {
        Ok(Box::new(self.open(gpio, Usage::Output { high, safe })?))
    }

    fn dimmer(&self, gpio: u8, _frequency_hz: u32) -> Result<Box<dyn Dimmer>, PinError> {
        Ok(Box::new(self.open(gpio, Usage::Dimmer { duty: 0 })?))
    }
}

impl Simulated {
    fn open(&self, gpio: u8, usage: Usage) -> Result<Opened, PinError> {
        self.with(gpio, |pin| {
            if let Some(program) = &pin.taken_by {
                return Err(PinError(format!("GPIO{gpio} is in use by {program}")));
            }
            if !matches!(pin.usage, Usage::Free { .. }) {
                return Err(PinError(format!("GPIO{gpio} is in use by this node")));
            }
            pin.usage = usage;
            pin.edges = 0;
            Ok(())
        })??;
        Ok(Opened { board: self.clone(), gpio })
    }

    fn with<T>(&self, gpio: u8, act: impl FnOnce(&mut Pin) -> T) -> Result<T, PinError> {
        let mut bank = self.lock();
        if let Some(reason) = &bank.broken {
            return Err(PinError(format!("GPIO{gpio}: {reason}")));
        }
        if gpio >= PINS {
            return Err(PinError(format!("there is no GPIO{gpio} on {}", self.name())));
        }
        Ok(act(bank.pins.entry(gpio).or_default()))
    }
}

/// A pin that is open.
struct Opened {
    board: Simulated,
    gpio: u8,
}

impl Opened {
    fn set(&self, usage: impl FnOnce(Usage) -> Usage) -> Result<(), PinError> {
        self.board.with(self.gpio, |pin| pin.usage = usage(pin.usage))
    }

    fn set_level(&self, high: bool) -> Result<(), PinError> {
        self.set(|usage| if let Usage::Output { safe, .. } = usage { Usage::Output { high, safe } } else { usage })
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let mut bank = self.board.lock();
        let pin = bank.pins.entry(self.gpio).or_default();
        let kept = match pin.usage {
            Usage::Output { safe, .. } => Some(safe),
            Usage::Dimmer { .. } => Some(false),
            Usage::Input(_) | Usage::Free { .. } => None,
        };
        pin.usage = Usage::Free { kept };
    }
}

impl ErrorType for Opened {
    type Error = PinError;
}

impl pwm::ErrorType for Opened {
    type Error = PinError;
}

impl InputPin for Opened {
    fn is_high(&mut self) -> Result<bool, PinError> {
        self.board.with(self.gpio, |pin| pin.level())
    }

    fn is_low(&mut self) -> Result<bool, PinError> {
        self.is_high().map(|high| !high)
    }
}

impl Input for Opened {
    fn wait_for_edge(&mut self, _limit: Duration) -> Result<bool, PinError> {
        self.board.with(self.gpio, |pin| std::mem::take(&mut pin.edges) > 0)
    }
}

impl OutputPin for Opened {
    fn set_low(&mut self) -> Result<(), PinError> {
        self.set_level(false)
    }

    fn set_high(&mut self) -> Result<(), PinError> {
        self.set_level(true)
    }
}

impl Output for Opened {}

impl SetDutyCycle for Opened {
    fn max_duty_cycle(&self) -> u16 {
        FULL_DUTY
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), PinError> {
        self.set(|_| Usage::Dimmer { duty: duty.min(FULL_DUTY) })
    }
}

impl Dimmer for Opened {}
