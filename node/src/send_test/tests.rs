use std::collections::VecDeque;

use picket_common::time::SimClock;
use picket_common::transport::{Sender, TransportError};
use picket_common::wire::{Header, RawShape};

use super::*;

/// A hub that answers by script: after so many milliseconds this, or nothing.
struct Script {
    clock: SimClock,
    answers: VecDeque<Option<(u64, &'static str)>>,
    waiting: Option<(u64, &'static str)>,
    headers: Vec<Vec<u8>>,
    reconnected: u32,
}

impl Sender for Script {
    fn send(&mut self, header: &[u8], _body: &[u8]) -> Result<bool, TransportError> {
        self.headers.push(header.to_vec());
        self.waiting = self.answers.pop_front().flatten();
        Ok(true)
    }

    fn receive(&mut self, timeout: Duration) -> Result<Option<Vec<u8>>, TransportError> {
        let Some((milliseconds, text)) = self.waiting.take() else {
            self.clock.advance(timeout);
            return Ok(None);
        };
        self.clock.advance(Duration::from_millis(milliseconds));
        Ok(Some(text.as_bytes().to_vec()))
    }

    fn reconnect(&mut self) -> Result<(), TransportError> {
        self.reconnected += 1;
        Ok(())
    }
}

/// What comes of sending to a hub that answers so, and how long it took.
fn sent(answers: &[Option<(u64, &'static str)>], fps: Option<f64>) -> (Tally, Script, Duration) {
    let clock = SimClock::new("2026-11-20T12:00:00Z".parse().unwrap());
    let answers: VecDeque<_> = answers.iter().copied().collect();
    let mut script = Script { clock: clock.clone(), answers, waiting: None, headers: Vec::new(), reconnected: 0 };
    let course = Course {
        painter: Painter::new(Size { width: 16, height: 16 }, Form::Raw, "Barn".to_owned()),
        count: Some(script.answers.len() as u64),
        interval: fps.map_or(Duration::ZERO, |fps| Duration::from_secs_f64(1.0 / fps)),
        timeout: Duration::from_secs(5),
        clock: &clock,
        shutdown: &Shutdown::new(),
        live: false,
    };
    let tally = send::send(&course, &mut script).unwrap();
    let took = clock.uptime();
    (tally, script, took)
}

#[test]
fn every_answer_is_told_apart_and_counted() {
    let check = |answers: &[Option<(u64, &'static str)>], told: &str, passes: bool| {
        let (tally, ..) = sent(answers, None);
        let text = tally.to_string();
        assert!(text.contains(told), "{text}");
        assert_eq!(verdict(&tally).is_ok(), passes, "{text}");
    };
    check(&[Some((1, "OK")); 3], "3 answered OK, 0 refused, 0 not answered", true);
    check(
        &[Some((1, "OK")), Some((1, "SendFrames 10"))],
        "not answered, 1 answered otherwise\n       1 times \"SendF",
        true,
    );
    check(
        &[Some((1, "ERROR: full")); 2],
        "0 answered OK, 2 refused, 0 not answered\n       2 times \"ERROR: full\"",
        false,
    );
    check(&[Some((1, "OK")), None, Some((1, "OK"))], "2 answered OK, 0 refused, 1 not answered", false);
    check(&[Some((1, "\u{1b}[31m"))], "1 times \"\\u{1b}[31m\"", true);
}

#[test]
fn a_picture_that_is_not_answered_costs_its_time_out_and_a_new_connection() {
    let (tally, script, took) = sent(&[Some((10, "OK")), None, Some((10, "OK"))], None);
    assert_eq!((tally.sent, tally.lost, script.reconnected, took), (3, 1, 1, Duration::from_millis(5020)));
}

#[test]
fn when_not_even_the_first_is_answered_there_is_no_second() {
    let (tally, script, _) = sent(&[None, Some((1, "OK"))], None);
    assert_eq!((tally.sent, tally.answered(), script.headers.len()), (1, 0, 1));
}

#[test]
fn latencies_are_told_by_their_place_and_the_rate_is_kept() {
    let mut answers = vec![Some((2, "OK")); 94];
    answers.extend([Some((30, "OK")); 5]);
    answers.push(Some((123, "OK")));
    let (tally, _, took) = sent(&answers, Some(5.0));
    assert!(tally.to_string().contains("2.00 ms (median), 30.00 ms (95 %), 123.00 ms (slowest)"), "{tally}");
    assert_eq!(took, Duration::from_millis(99 * 200 + 123));
}

#[test]
fn the_text_and_the_form_are_in_the_header_and_nothing_of_pickets_own() {
    let (_, script, _) = sent(&[Some((1, "OK"))], None);
    let header = Header::decode(&[&script.headers[0][..], &[0; 16 * 16 * 3]]).unwrap();
    let raw = Some(RawShape { width: 16, height: 16, channels: 3 });
    assert_eq!(header, Header { msg: "Barn".to_owned(), raw, keys: None });
}

/// The dots of the counter, row by row: its middles, where the picture is yellow.
fn rows(pixels: &[u8], width: usize, left: usize, top: usize, scale: usize, digits: usize) -> Vec<String> {
    let yellow = |x: usize, y: usize| pixels[(y * width + x) * 3..][..3] == [0, 255, 255];
    let dot = |row, column| yellow(left + column * scale + scale / 2, top + row * scale + scale / 2);
    (0..5).map(|row| (0..digits * 4).map(|column| if dot(row, column) { '#' } else { '.' }).collect()).collect()
}

#[test]
fn the_counter_is_seen_in_the_picture() {
    let painter = Painter::new(Size { width: 400, height: 400 }, Form::Raw, String::new());
    let (_, pixels) = painter.message(42, "12:34:56").unwrap();
    // The frame is 50 pixels from the border and 5 thick; 270 pixels are left, for four characters.
    let expected = ["#.#.###.", "#.#...#.", "###.###.", "..#.#...", "..#.###."];
    assert_eq!(rows(&pixels, 400, 65, 65, 16, 2), expected);
}

#[test]
fn any_size_is_painted_and_another_number_is_another_picture() {
    for (width, height) in [(1, 1), (1, 300), (7, 5), (65_500, 1), (33, 41), (400, 400), (1921, 1081)] {
        for form in [Form::Raw, Form::Jpeg] {
            let painter = Painter::new(Size { width, height }, form, String::new());
            let (_, body) = painter.message(u64::MAX, "12:34:56").unwrap();
            let (_, other) = painter.message(1, "12:34:56").unwrap();
            assert!(width < 100 || height < 100 || body != other, "{width}x{height}");
            assert!(form == Form::Jpeg || body.len() as u64 == u64::from(width) * u64::from(height) * 3);
        }
    }
}

#[test]
fn sizes_and_rates_are_checked() {
    let check = |text: &str, expected: Option<(u32, u32)>| {
        let size = text.parse::<Size>().ok().map(|size| (size.width, size.height));
        assert_eq!(size, expected, "{text}");
    };
    check("640x480", Some((640, 480)));
    check("1×1", Some((1, 1)));
    check("640", None);
    check("0x480", None);
    check("-1x480", None);
    check("65501x1", None);
    check("65500x65500", None);
    assert_eq!((fps("0.5"), fps("0").is_ok(), fps("nan").is_ok(), fps("x").is_ok()), (Ok(0.5), false, false, false));
}
