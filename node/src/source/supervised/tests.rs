use std::collections::VecDeque;
use std::sync::Mutex;

use picket_common::time::{SimClock, Timestamp};

use super::*;
use crate::frame::Picture;

/// What a scripted camera does next.
#[derive(Clone, Copy)]
enum Do {
    /// Gives a frame after so many seconds.
    Give(u64),
    Fail,
    /// The other side goes away, and a frame of its is lost.
    GoAway,
    RefuseToOpen,
    End,
}
use Do::*;

struct Scripted {
    script: Arc<Mutex<VecDeque<Do>>>,
    clock: SimClock,
    given: u64,
    missed: u64,
}

impl Source for Scripted {
    fn next(&mut self) -> Result<Frame, SourceError> {
        match self.script.lock().unwrap().pop_front() {
            Some(Give(seconds)) => {
                self.clock.advance(Duration::from_secs(seconds));
                let picture = Arc::new(Picture::Bgr { bytes: vec![0; 3], width: 1, height: 1 });
                self.given += 1;
                Ok(Frame { index: self.given - 1, at: self.clock.now(), mono: self.clock.uptime(), picture })
            }
            Some(GoAway) => {
                self.missed += 1;
                Err(SourceError::Away("gone".into()))
            }
            Some(Fail | RefuseToOpen) => Err(SourceError::Lost("unplugged".into())),
            Some(End) | None => Err(SourceError::Ended),
        }
    }

    fn missed(&self) -> u64 {
        self.missed
    }
}

/// Plays a script; what was told, one word each, and the uptimes at which the camera was opened.
fn play(script: &[Do]) -> (String, Vec<Duration>) {
    let written = script;
    let clock = SimClock::new(Timestamp::UNIX_EPOCH);
    let script = Arc::new(Mutex::new(VecDeque::from(script.to_vec())));
    let opened = Arc::new(Mutex::new(vec![]));
    let (openings, at) = (opened.clone(), clock.clone());
    let open: Open = Box::new(move || {
        openings.lock().unwrap().push(at.uptime());
        let mut rest = script.lock().unwrap();
        if let Some(RefuseToOpen) = rest.front() {
            rest.pop_front();
            return Err(SourceError::Lost("no camera".into()));
        }
        drop(rest);
        Ok(Box::new(Scripted { script: script.clone(), clock: at.clone(), given: 0, missed: 0 }))
    });
    let mut source = Supervised::new(open, Arc::new(clock), Shutdown::new());
    let mut told = vec![];
    loop {
        told.push(match source.next() {
            Next::Frame(frame) => frame.index.to_string(),
            Next::Lost(reason) => format!("({reason})"),
            Next::Back => "back".into(),
            Next::Waiting => continue,
            Next::Ended => break,
        });
    }
    assert_eq!(source.next(), Next::Ended, "and it stays so");
    let gone = written.iter().filter(|what| matches!(what, GoAway)).count();
    assert_eq!(source.missed(), gone as u64, "over all reopenings");
    let opened = opened.lock().unwrap().clone();
    (told.join(" "), opened)
}

#[test]
fn an_outage_is_told_once_and_frames_count_on() {
    let check = |script: &[Do], expected: &str| assert_eq!(play(script).0, expected);
    check(&[Give(0), Give(0), End], "0 1");
    check(&[Give(0), Fail, Give(0), Give(0), End], "0 (unplugged) back 1 2");
    check(&[Give(0), Fail, RefuseToOpen, Fail, RefuseToOpen, Give(0), End], "0 (unplugged) back 1");
    check(&[RefuseToOpen, RefuseToOpen, Give(0), End], "(no camera) back 0");
    check(&[Give(0), GoAway, GoAway, Give(0), GoAway, Give(0), End], "0 (gone) back 1 (gone) back 2");
    check(&[Fail, Give(0), Fail, Give(0), End], "(unplugged) back 0 (unplugged) back 1");
    check(&[Fail, End], "(unplugged)");
    check(&[], "");
}

#[test]
fn pauses_double_up_to_a_minute_and_never_less_than_half_of_it() {
    let (_, opened) = play(&[[RefuseToOpen; 12].as_slice(), &[End]].concat());
    assert_eq!(opened.len(), 13);
    let pauses = opened.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64());
    for (pause, whole) in pauses.zip([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0, 60.0, 60.0, 60.0]) {
        assert!((whole / 2.0..=whole).contains(&pause), "{pause} for {whole}");
    }
}

#[test]
fn a_minute_of_frames_makes_the_pause_short_again() {
    let pause_after = |seconds: u64| {
        let failures = [RefuseToOpen; 5].as_slice();
        let (_, opened) = play(&[failures, &[Give(0), Give(seconds), Fail, End]].concat());
        (opened[6] - opened[5]).as_secs_f64() - seconds as f64
    };
    assert!(pause_after(59) >= 16.0);
    assert!(pause_after(60) <= 1.0);
}

#[test]
fn a_shutdown_ends_an_outage() {
    let shutdown = Shutdown::new();
    let other = shutdown.clone();
    let mut failures = 0;
    let open: Open = Box::new(move || {
        failures += 1;
        if failures == 4 {
            other.request();
        }
        Err(SourceError::Lost("no camera".into()))
    });
    let clock = Arc::new(SimClock::new(Timestamp::UNIX_EPOCH));
    let mut source = Supervised::new(open, clock, shutdown);
    assert_eq!(source.next(), Next::Lost("no camera".into()));
    let after = std::iter::from_fn(|| Some(source.next())).find(|next| *next != Next::Waiting);
    assert_eq!(after, Some(Next::Ended));
}

#[test]
fn a_lost_camera_gives_a_sign_of_life_every_second() {
    let clock = SimClock::new(Timestamp::UNIX_EPOCH);
    let open: Open = Box::new(|| Err(SourceError::Lost("no camera".into())));
    let mut source = Supervised::new(open, Arc::new(clock.clone()), Shutdown::new());
    assert_eq!(source.next(), Next::Lost("no camera".into()));
    for _ in 0..1000 {
        let before = clock.uptime();
        assert_eq!(source.next(), Next::Waiting);
        assert!(clock.uptime() - before <= SLICE);
    }
    assert!(clock.uptime() > 500 * SLICE, "it does wait");
}

#[test]
fn who_comes_by_itself_is_waited_for_without_longer_pauses() {
    let (_, opened) = play(&[Give(0), GoAway, GoAway, GoAway, GoAway, GoAway, Give(0), End]);
    let seconds: Vec<u64> = opened.iter().map(Duration::as_secs).collect();
    assert_eq!(seconds, [0, 1, 2, 3, 4, 5]);
}
