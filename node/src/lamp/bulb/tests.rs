use picket_common::config::{Duration as Length, Percent};

use super::*;
use crate::config::{Span, When, Whens};
use crate::pins::simulated::Simulated;

fn config() -> LampConfig {
    LampConfig {
        name: "lamp".to_owned(),
        gpio: 18,
        when: Whens(vec![When { span: Span::Always, with: None }]),
        linger: None,
        dusk: None,
        level: Percent(100.0),
        fade: Length(Duration::ZERO),
        frequency: None,
        active_low: false,
        safe: Switch::Off,
    }
}

fn open(config: &LampConfig, board: &Simulated) -> Bulb {
    Bulb::open(config, Arc::new(board.clone()), Duration::from_secs(100)).unwrap()
}

fn at(ms: u64) -> Duration {
    Duration::from_secs(100) + Duration::from_millis(ms)
}

#[test]
fn a_pin_is_high_or_low_as_the_lamp_is_connected() {
    for (active_low, safe) in [(false, Switch::Off), (false, Switch::On), (true, Switch::Off), (true, Switch::On)] {
        let board = Simulated::new();
        let config = LampConfig { active_low, safe, ..config() };
        let is_lit = || board.level(18) != active_low;
        let is_safe = safe == Switch::On;
        let mut bulb = open(&config, &board);
        assert_eq!((is_lit(), bulb.light(at(0)).is_lit), (is_safe, is_safe), "{config:?}");
        for on in [true, false, true] {
            bulb.turn(on, at(1));
            assert_eq!(bulb.step(at(1)), Ok(None));
            assert_eq!((is_lit(), bulb.light(at(1)).is_lit), (on, on), "{config:?}");
        }
        bulb.close().unwrap();
        assert_eq!((is_lit(), board.is_open(18)), (is_safe, false), "{config:?}");
        // After a crash the pin is as it was; this is what mends it.
        drop(board.output(18, !is_safe, !is_safe ^ active_low).unwrap());
        make_safe(&config, &board).unwrap();
        assert_eq!((is_lit(), board.is_open(18)), (is_safe, false), "{config:?}");
    }
}

#[test]
fn a_bulb_that_is_dropped_is_safe() {
    let board = Simulated::new();
    let mut bulb = open(&config(), &board);
    bulb.turn(true, at(0));
    bulb.step(at(0)).unwrap();
    assert!(board.level(18));
    drop(bulb);
    assert!(!board.level(18));
}

#[test]
fn it_fades_up_and_down_and_turns_about_on_the_way() {
    let board = Simulated::new();
    let mut bulb = open(&LampConfig { level: Percent(80.0), fade: Length(Duration::from_secs(1)), ..config() }, &board);
    let mut check = |turn: Option<bool>, ms, duty: f64, fades: bool| {
        if let Some(on) = turn {
            bulb.turn(on, at(ms));
        }
        assert_eq!(bulb.step(at(ms)), Ok(fades.then_some(STEP)), "{ms}");
        let shown = board.duty(18).unwrap();
        assert!((shown - duty).abs() < 0.001, "{ms}: {shown}");
        assert_eq!(bulb.light(at(ms)).since.is_none(), fades, "{ms}");
    };
    check(None, 0, 0.0, false);
    check(Some(true), 0, 0.0, true);
    check(Some(true), 500, 0.4, true);
    check(None, 1000, 0.8, false);
    check(None, 5000, 0.8, false);
    check(Some(false), 5000, 0.8, true);
    check(None, 5250, 0.6, true);
    check(Some(true), 5250, 0.6, true);
    check(None, 5750, 0.7, true);
    check(None, 6250, 0.8, false);
    bulb.close().unwrap();
    assert_eq!((board.level(18), board.duty(18)), (false, None));
}

#[test]
fn a_dimmed_lamp_may_be_lit_when_safe() {
    let board = Simulated::new();
    let config = LampConfig { level: Percent(30.0), safe: Switch::On, ..config() };
    let mut bulb = open(&config, &board);
    assert_eq!(board.duty(18), Some(0.3));
    bulb.turn(false, at(0));
    bulb.step(at(0)).unwrap();
    assert_eq!(board.duty(18), Some(0.0));
    bulb.close().unwrap();
    assert_eq!((board.level(18), board.is_open(18)), (true, false));
    make_safe(&LampConfig { safe: Switch::Off, ..config.clone() }, &board).unwrap();
    assert_eq!((board.level(18), board.is_open(18)), (false, false));
    make_safe(&config, &board).unwrap();
    assert_eq!((board.level(18), board.is_open(18)), (true, false));
}

#[test]
fn a_cover_darkens_it_at_once_and_gives_back_what_was() {
    let board = Simulated::new();
    let mut bulb = open(&LampConfig { fade: Length(Duration::from_secs(1)), ..config() }, &board);
    bulb.turn(true, at(0));
    let mut check = |covered, ms, duty, light| {
        bulb.cover(covered);
        bulb.step(at(ms)).unwrap();
        assert_eq!((board.duty(18), bulb.light(at(ms))), (Some(duty), light), "{ms}");
    };
    let light = |is_lit, since: Option<u64>| Light { is_lit, since: since.map(at) };
    check(false, 2000, 1.0, light(true, Some(2000)));
    check(true, 3000, 0.0, light(false, Some(3000)));
    check(true, 4000, 0.0, light(false, Some(3000)));
    check(false, 5000, 1.0, light(true, Some(5000)));
}

#[test]
fn a_pin_that_failed_is_tried_again() {
    let board = Simulated::new();
    let mut bulb = open(&config(), &board);
    board.break_down(Some("the wire is cut"));
    bulb.turn(true, at(0));
    assert_eq!(bulb.step(at(0)), Err(PinError("GPIO18: the wire is cut".to_owned())));
    assert!(!bulb.light(at(0)).is_lit);
    board.break_down(None);
    assert_eq!((bulb.step(at(1)), board.level(18)), (Ok(None), true));
}
