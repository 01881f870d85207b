//! The pins of the Raspberry Pis that rppal knows, up to the Pi 5: it reads and writes the chip's registers. The only
//! file that names rppal, which is retired; where it fails, the GPIO character device takes over.
//!
//! Edges come from the kernel, each pin's on a thread of rppal's that only leaves a note here. (Its other way, waiting
//! for edges oneself, makes all inputs wait for each other.) An emulated Pi arms them without an error and gives none.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use ::rppal::gpio::{Bias, Error, Gpio, InputPin, Level, Mode, OutputPin, Pin, Trigger};
use ::rppal::pwm::{Channel, Polarity, Pwm};
use ::rppal::system::{DeviceInfo, SoC};
use embedded_hal::digital::{self, ErrorType};
use embedded_hal::pwm::{self, SetDutyCycle};
use picket_common::time::SystemClock;
use tracing::{debug, info};

use super::soft_pwm::SoftPwm;
use super::{Board, Dimmer, FULL_DUTY, Input, Output, PinError, Pull, chardev};

/// A Raspberry Pi.
pub(super) struct Rppal {
    gpio: Gpio,
    device: DeviceInfo,
}

/// Opens the board.
pub(super) fn open() -> Result<Rppal, PinError> {
    let device = DeviceInfo::new().map_err(|error| PinError(error.to_string()))?;
    let gpio = Gpio::new().map_err(|error| PinError(error.to_string()))?;
    Ok(Rppal { gpio, device })
}

impl Board for Rppal {
    fn name(&self) -> String {
        format!("{}, by rppal", self.device.model())
    }

    fn input(&self, gpio: u8, pull: Pull) -> Result<Box<dyn Input>, PinError> {
        let mut pin = self.pin(gpio)?.into_input();
        pin.set_bias(match pull {
            Pull::Up => Bias::PullUp,
            Pull::Down => Bias::PullDown,
            Pull::Off => Bias::Off,
        });
        let (note, edges) = sync_channel(1);
        let noting = note.clone();
        let armed = pin.set_async_interrupt(Trigger::Both, None, move |_| {
            // One note is enough, however many edges there are.
            let _ = noting.try_send(());
        });
        if let Err(error) = armed {
            info!("GPIO{gpio}: no edges are told, its level is looked at again and again: {error}");
        }
        Ok(Box::new(In { pin, edges, _note: note }))
    }

    fn output(&self, gpio: u8, high: bool, safe: bool) -> Result<Box<dyn Output>, PinError> {
        let pin = self.pin(gpio)?;
        // The level is set before the direction, so that nothing flashes.
        let mut pin = if high { pin.into_output_high() } else { pin.into_output_low() };
        pin.set_reset_on_drop(false);
        Ok(Box::new(Out { pin, safe: Level::from(safe) }))
    }

    fn dimmer(&self, gpio: u8, frequency_hz: u32) -> Result<Box<dyn Dimmer>, PinError> {
        match self.hardware(gpio, frequency_hz)? {
            Some(hardware) => Ok(Box::new(hardware)),
            None => {
                let output = self.output(gpio, false, false)?;
                Ok(Box::new(SoftPwm::new(gpio, output, frequency_hz, Arc::new(SystemClock))?))
            }
        }
    }
}

impl Rppal {
    /// rppal writes to the registers whoever uses the pin; the kernel is asked first.
    fn pin(&self, gpio: u8) -> Result<Pin, PinError> {
        if let Some(user) = chardev::user(gpio) {
            return Err(PinError(format!("GPIO{gpio} is in use by {user}; use another pin, or stop that")));
        }
        self.gpio.get(gpio).map_err(|error| match error {
            Error::PinUsed(_) => PinError(format!("GPIO{gpio} is in use by this node")),
            Error::PinNotAvailable(_) => PinError(format!("there is no GPIO{gpio} on a {}", self.device.model())),
            error => PinError(format!("GPIO{gpio}: {error}")),
        })
    }

    /// The chip's own PWM, if an overlay in config.txt has given it to the pin: only then is the pin in that mode.
    fn hardware(&self, gpio: u8, frequency_hz: u32) -> Result<Option<HardwarePwm>, PinError> {
        let Some((mode, channel)) = pwm_of(gpio, self.device.soc()) else { return Ok(None) };
        let pin = self.gpio.get(gpio).map_err(|error| PinError(format!("GPIO{gpio}: {error}")))?;
        if pin.mode() != mode {
            info!("GPIO{gpio} is dimmed by software; `dtoverlay=pwm-2chan` in config.txt gives it the chip's own PWM");
            return Ok(None);
        }
        match Pwm::with_frequency(channel, f64::from(frequency_hz), 0.0, Polarity::Normal, true) {
            Ok(pwm) => {
                debug!("GPIO{gpio} is dimmed by hardware, {channel}");
                Ok(Some(HardwarePwm { gpio, pwm, _pin: pin }))
            }
            Err(error) => {
                info!("GPIO{gpio} is dimmed by software, as the chip's own PWM ({channel}) cannot be used: {error}");
                Ok(None)
            }
        }
    }
}

/// Which channel a pin can be given, and the mode in which it then is: BCM2835 ARM Peripherals (6.2, alternative
/// functions), RP1 Peripherals (3.1.1, function select).
fn pwm_of(gpio: u8, soc: SoC) -> Option<(Mode, Channel)> {
    match (gpio, soc == SoC::Bcm2712) {
        (12, _) => Some((Mode::Alt0, Channel::Pwm0)),
        (13, _) => Some((Mode::Alt0, Channel::Pwm1)),
        (18, false) => Some((Mode::Alt5, Channel::Pwm0)),
        (19, false) => Some((Mode::Alt5, Channel::Pwm1)),
        (18, true) => Some((Mode::Alt3, Channel::Pwm2)),
        (19, true) => Some((Mode::Alt3, Channel::Pwm3)),
        _ => None,
    }
}

struct In {
    pin: InputPin,
    edges: Receiver<()>,
    /// Keeps the channel open where edges could not be armed.
    _note: SyncSender<()>,
}

impl ErrorType for In {
    type Error = PinError;
}

impl digital::InputPin for In {
    fn is_high(&mut self) -> Result<bool, PinError> {
        Ok(self.pin.read() == Level::High)
    }

    fn is_low(&mut self) -> Result<bool, PinError> {
        Ok(self.pin.read() == Level::Low)
    }
}

impl Input for In {
    fn wait_for_edge(&mut self, limit: Duration) -> Result<bool, PinError> {
        match self.edges.recv_timeout(limit) {
            Ok(()) => Ok(true),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Ok(false),
        }
    }
}

struct Out {
    pin: OutputPin,
    safe: Level,
}

impl ErrorType for Out {
    type Error = PinError;
}

impl digital::OutputPin for Out {
    fn set_low(&mut self) -> Result<(), PinError> {
        self.pin.set_low();
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), PinError> {
        self.pin.set_high();
        Ok(())
    }
}

impl Output for Out {}

impl Drop for Out {
    fn drop(&mut self) {
        self.pin.write(self.safe);
    }
}

struct HardwarePwm {
    gpio: u8,
    pwm: Pwm,
    _pin: Pin,
}

impl pwm::ErrorType for HardwarePwm {
    type Error = PinError;
}

impl SetDutyCycle for HardwarePwm {
    fn max_duty_cycle(&self) -> u16 {
        FULL_DUTY
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), PinError> {
        let share = f64::from(duty.min(FULL_DUTY)) / f64::from(FULL_DUTY);
        self.pwm.set_duty_cycle(share).map_err(|error| PinError(format!("GPIO{}: {error}", self.gpio)))
    }
}

impl Dimmer for HardwarePwm {}

impl Drop for HardwarePwm {
    fn drop(&mut self) {
        // rppal switches the channel off after this, and the kernel leaves the pin as it was in between.
        let _ = self.pwm.set_duty_cycle(0.0);
    }
}
