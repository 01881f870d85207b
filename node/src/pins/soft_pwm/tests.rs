use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use embedded_hal::digital::{self, OutputPin};
use picket_common::time::{SimClock, Timestamp};

use super::*;
use crate::pins::Board;
use crate::pins::simulated::Simulated;

/// Writes down when it went high or low, and fails from then on when it is told to.
struct Recorder {
    clock: SimClock,
    told: Sender<(Duration, bool)>,
    broken: Arc<Mutex<bool>>,
}

impl digital::ErrorType for Recorder {
    type Error = PinError;
}

impl OutputPin for Recorder {
    fn set_low(&mut self) -> Result<(), PinError> {
        self.set(false)
    }

    fn set_high(&mut self) -> Result<(), PinError> {
        self.set(true)
    }
}

impl Output for Recorder {}

impl Recorder {
    fn set(&self, high: bool) -> Result<(), PinError> {
        if *self.broken.lock().unwrap() {
            return Err(PinError("the wire was cut".to_owned()));
        }
        let _ = self.told.send((self.clock.uptime(), high));
        Ok(())
    }
}

type Recorded = (Box<Recorder>, Receiver<(Duration, bool)>, Arc<Mutex<bool>>);

fn recorder(clock: &SimClock) -> Recorded {
    let (told, heard) = channel();
    let broken = Arc::new(Mutex::new(false));
    (Box::new(Recorder { clock: clock.clone(), told, broken: broken.clone() }), heard, broken)
}

#[test]
fn a_pin_is_high_for_its_share_of_each_period() {
    let check = |duty: u16, expected_us: u64| {
        let clock = SimClock::new(Timestamp::UNIX_EPOCH);
        let (mut output, heard, _) = recorder(&clock);
        for _ in 0..3 {
            cycle(output.as_mut(), Duration::from_millis(10), duty, &clock, &Shutdown::new()).unwrap();
        }
        let expected: Vec<(Duration, bool)> = (0..3)
            .flat_map(|n| [(n * 10_000, true), (n * 10_000 + expected_us, false)])
            .map(|(us, high)| (Duration::from_micros(us), high))
            .collect();
        assert_eq!(heard.try_iter().collect::<Vec<_>>(), expected, "{duty}");
        assert_eq!(clock.uptime(), Duration::from_millis(30));
    };
    check(1, 1);
    check(2_500, 2_500);
    check(9_999, 9_999);
}

#[test]
fn off_and_full_are_set_and_need_no_thread() {
    let board = Simulated::new();
    let clock = Arc::new(SimClock::new(Timestamp::UNIX_EPOCH));
    let mut dimmer = SoftPwm::new(18, board.output(18, false, false).unwrap(), 100, clock).unwrap();
    for (duty, high) in [(FULL_DUTY, true), (0, false), (u16::MAX, true)] {
        dimmer.set_duty_cycle(duty).unwrap();
        assert!(matches!(dimmer.state, State::Steady(_)));
        assert_eq!(board.level(18), high, "{duty}");
    }
    // From dimmed to either and to nothing.
    for (duty, high) in [(FULL_DUTY, true), (0, false)] {
        dimmer.set_duty_cycle(5_000).unwrap();
        assert!(matches!(dimmer.state, State::Switching(_)));
        dimmer.set_duty_cycle(duty).unwrap();
        assert_eq!(board.level(18), high, "{duty}");
    }
    dimmer.set_duty_cycle(5_000).unwrap();
    drop(dimmer);
    assert!(!board.level(18) && !board.is_open(18));
}

#[test]
fn what_goes_wrong_in_the_thread_is_told_at_the_next_change() {
    let clock = SimClock::new(Timestamp::UNIX_EPOCH);
    let (output, heard, broken) = recorder(&clock);
    let mut dimmer = SoftPwm::new(18, output, 100, Arc::new(clock)).unwrap();
    dimmer.set_duty_cycle(5_000).unwrap();
    *broken.lock().unwrap() = true;
    let State::Switching(switching) = &dimmer.state else { panic!("it does not switch") };
    while !switching.thread.is_finished() {
        let _ = heard.recv_timeout(Duration::from_millis(1));
    }
    assert_eq!(dimmer.set_duty_cycle(4_000), Err(PinError("the wire was cut".to_owned())));
    *broken.lock().unwrap() = false;
    dimmer.set_duty_cycle(4_000).unwrap();
}

#[test]
fn a_frequency_of_nothing_is_refused() {
    let output = Simulated::new().output(18, false, false).unwrap();
    let refused = SoftPwm::new(18, output, 0, Arc::new(SimClock::new(Timestamp::UNIX_EPOCH))).err();
    assert_eq!(refused, Some(PinError("GPIO18 cannot be dimmed at 0 Hz; 200 are good for a lamp".to_owned())));
}
