//! Dims any output by switching it on and off fast, on a thread of its own that runs only while the output is neither
//! off nor full. Good for a lamp: below some 3 % a busy machine makes it flicker.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use embedded_hal::pwm::{ErrorType, SetDutyCycle};
use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;
use rustix::thread::set_current_timer_slack;
use tracing::{debug, info};

use super::{Dimmer, FULL_DUTY, Output, PinError};

/// Faster switching costs more than it gives: nobody sees it.
const FASTEST_HZ: u32 = 200;

/// An output that is dimmed by software.
pub(super) struct SoftPwm {
    gpio: u8,
    period: Duration,
    clock: Arc<dyn Clock>,
    state: State,
}

enum State {
    Steady(Box<dyn Output>),
    Switching(Switching),
    /// The output was lost with its thread.
    Lost,
}

/// An output, and what went wrong while it was switched.
type Taken = (Box<dyn Output>, Result<(), PinError>);

struct Switching {
    thread: JoinHandle<Taken>,
    stop: Shutdown,
    duty: Arc<AtomicU16>,
}

impl SoftPwm {
    /// Dims `output`, which is low now and when it is dropped.
    pub(super) fn new(
        gpio: u8,
        output: Box<dyn Output>,
        frequency_hz: u32,
        clock: Arc<dyn Clock>,
    ) -> Result<SoftPwm, PinError> {
        if frequency_hz == 0 {
            return Err(PinError(format!("GPIO{gpio} cannot be dimmed at 0 Hz; {FASTEST_HZ} are good for a lamp")));
        }
        if frequency_hz > FASTEST_HZ {
            info!("GPIO{gpio} is dimmed by software, at {FASTEST_HZ} Hz and not at {frequency_hz}");
        }
        let period = Duration::from_secs(1) / frequency_hz.min(FASTEST_HZ);
        Ok(SoftPwm { gpio, period, clock, state: State::Steady(output) })
    }

    /// The output, no longer switched.
    fn take(&mut self) -> Result<Taken, PinError> {
        match std::mem::replace(&mut self.state, State::Lost) {
            State::Steady(output) => Ok((output, Ok(()))),
            State::Switching(switching) => {
                switching.stop.request();
                switching.thread.join().map_err(|_| self.lost())
            }
            State::Lost => Err(self.lost()),
        }
    }

    fn lost(&self) -> PinError {
        PinError(format!("GPIO{}: the thread that dims it has ended in a panic", self.gpio))
    }

    fn switch(&self, mut output: Box<dyn Output>, duty: u16) -> Result<State, PinError> {
        let (stop, duty) = (Shutdown::new(), Arc::new(AtomicU16::new(duty)));
        let (stopped, shared) = (stop.clone(), duty.clone());
        let (period, clock) = (self.period, self.clock.clone());
        let loops = move || {
            // By itself the kernel may wake a thread 50 µs late, which is half of 1 %.
            let _ = set_current_timer_slack(NonZeroU64::new(1));
            loop {
                match cycle(output.as_mut(), period, shared.load(Ordering::Relaxed), clock.as_ref(), &stopped) {
                    Ok(()) if stopped.is_requested() => return (output, Ok(())),
                    Ok(()) => {}
                    Err(error) => return (output, Err(error)),
                }
            }
        };
        let thread = std::thread::Builder::new().name(format!("pwm-{}", self.gpio)).spawn(loops);
        let thread = thread.map_err(|error| PinError(format!("GPIO{}: no thread dims it: {error}", self.gpio)))?;
        debug!("GPIO{} is dimmed by software", self.gpio);
        Ok(State::Switching(Switching { thread, stop, duty }))
    }
}

/// On and off once.
fn cycle(
    output: &mut dyn Output,
    period: Duration,
    duty: u16,
    clock: &dyn Clock,
    stop: &Shutdown,
) -> Result<(), PinError> {
    let high = period * u32::from(duty.min(FULL_DUTY)) / u32::from(FULL_DUTY);
    let start = clock.uptime();
    output.set_high()?;
    clock.wait(high, stop);
    output.set_low()?;
    clock.wait(period.saturating_sub(clock.uptime().saturating_sub(start)), stop);
    Ok(())
}

impl ErrorType for SoftPwm {
    type Error = PinError;
}

impl SetDutyCycle for SoftPwm {
    fn max_duty_cycle(&self) -> u16 {
        FULL_DUTY
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), PinError> {
        let is_between = duty > 0 && duty < FULL_DUTY;
        if let State::Switching(switching) = &self.state
            && is_between
            && !switching.thread.is_finished()
        {
            switching.duty.store(duty, Ordering::Relaxed);
            return Ok(());
        }
        let (mut output, went) = self.take()?;
        if is_between && went.is_ok() {
            self.state = self.switch(output, duty)?;
            return Ok(());
        }
        let set = if duty >= FULL_DUTY { output.set_high() } else { output.set_low() };
        self.state = State::Steady(output);
        went.and(set)
    }
}

impl Dimmer for SoftPwm {}

impl Drop for SoftPwm {
    fn drop(&mut self) {
        // The output itself goes low when it is dropped, but not while its thread has it.
        let _ = self.take();
    }
}

#[cfg(test)]
mod tests;
