//! A real socket in a real folder, and in ingest's place an answer that the test gives.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use picket_common::time::{Clock, SystemClock};
use picket_common::wire::{Header, RawShape};

use super::*;
use crate::live::Live;
use crate::picture::Picture;

const SNAPSHOT: &str = r#"{"node": "Barn", "command": {"order": "snapshot"}}"#;

fn open(data: &Path) -> Door {
    Door::open(data, Questions::default(), Live::default(), Arc::new(SystemClock)).unwrap()
}

/// Serves one caller, which does and gives what it likes. Ingest's answers name the node.
fn serve<T: Send>(door: &Door, questions: &Questions, caller: impl FnOnce() -> T + Send) -> T {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                while let Some(question) = questions.take(SystemClock.uptime()) {
                    question.answer.send(Answer::Refused(format!("no {}", question.ask.node))).unwrap();
                }
                std::thread::yield_now();
            }
        });
        let caller = scope.spawn(caller);
        door.step(Duration::from_secs(10)).unwrap();
        let gives = caller.join().unwrap();
        done.store(true, Ordering::Release);
        gives
    })
}

/// What is answered to these bytes, after which the caller says nothing more.
fn said(data: &Path, bytes: &[u8]) -> String {
    let mut stream = UnixStream::connect(place::socket(data)).unwrap();
    // The hub may have heard enough before all is said.
    let _ = stream.write_all(bytes);
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn one_line_in_is_one_line_out_and_nonsense_is_answered_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let questions = Questions::default();
    let mut door = Door::open(data, questions.clone(), Live::default(), Arc::new(SystemClock)).unwrap();
    door.patience = Duration::from_millis(50);
    let check = |bytes: &str, expected: &str| {
        let answer = serve(&door, &questions, || said(data, bytes.as_bytes()));
        assert_eq!(answer, format!("{{\"refused\":\"{expected}\"}}\n"), "{bytes:.80}");
    };
    check(&format!("{SNAPSHOT}\n"), "no Barn");
    check(&format!("{SNAPSHOT}\nand more"), "no Barn");
    check("{\n", "the line is not understood: EOF while parsing an object at line 1 column 1");
    check("\n", "the line is not understood: EOF while parsing a value at line 1 column 0");
    check("{\"node\": \"Barn\"}\n", "the line is not understood: missing field `command` at line 1 column 16");
    check(SNAPSHOT, "no whole line came within 50ms");
    check("", "no whole line came within 50ms");
    check(&format!("{}\n", "x".repeat(MAX_LINE + 1)), "the line is longer than 4096 bytes");
    check(&"x".repeat(1 << 20), "the line is longer than 4096 bytes");
    check(&format!("{SNAPSHOT:MAX_LINE$}\n"), "no Barn");
}

#[test]
fn live_pictures_are_listed_and_fetched_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (data, live, clock) = (folder.path(), Live::default(), SystemClock);
    let mut door = Door::open(data, Questions::default(), live.clone(), Arc::new(SystemClock)).unwrap();
    door.patience = Duration::from_millis(50);
    let nobody = Questions::default();
    assert_eq!(serve(&door, &nobody, || look::list(data, &clock)).unwrap(), []);
    let error = serve(&door, &nobody, || look::fetch(data, "one", &clock)).unwrap_err().to_string();
    assert!(error.starts_with("no test picture has come"), "{error}");

    // More than a socket holds.
    let raw = Some(RawShape { width: 1000, height: 2000, channels: 3 });
    let body: Vec<u8> = (0..6_000_000_u32).map(|byte| (byte % 251) as u8).collect();
    let header = Header { msg: "one".into(), raw, keys: None };
    let picture = Picture::live(header, body.clone(), "2026-11-20T12:00:00Z".parse().unwrap()).unwrap();
    live.keep(Arc::new(picture), SystemClock.uptime());
    let listed = serve(&door, &nobody, || look::list(data, &clock)).unwrap();
    let (shown, fetched) = serve(&door, &nobody, || look::fetch(data, "one", &clock)).unwrap();
    assert_eq!((listed[0].text.as_str(), listed[0].raw, listed[0].bytes), ("one", raw, 6_000_000));
    assert_eq!((shown.text.as_str(), fetched == body), ("one", true));
    let error = serve(&door, &nobody, || look::fetch(data, "two\u{1b}[31m", &clock)).unwrap_err().to_string();
    assert_eq!(error, "no test picture is called `two\\u{1b}[31m`; `picket-hub latest` lists what there is");
    // One who asks and does not read.
    serve(&door, &nobody, || said_only(data, b"{\"latest\": \"one\"}\n"));
    let answer = serve(&door, &nobody, || said(data, b"{\"latest\": 7}\n"));
    assert!(answer.starts_with("{\"refused\":\"the line is not understood: invalid type"), "{answer}");
}

fn said_only(data: &Path, bytes: &[u8]) {
    UnixStream::connect(place::socket(data)).unwrap().write_all(bytes).unwrap();
}

#[test]
fn a_caller_that_drips_or_leaves_does_not_hold_up_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let questions = Questions::default();
    let mut door = Door::open(data, questions.clone(), Live::default(), Arc::new(SystemClock)).unwrap();
    door.patience = Duration::from_millis(100);
    let start = SystemClock.uptime();
    serve(&door, &questions, || {
        let mut stream = UnixStream::connect(place::socket(data)).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
        // Each byte comes well within the time; all together do not.
        while stream.write_all(b"x").is_ok() && SystemClock.uptime() < start + Duration::from_secs(5) {
            if stream.read(&mut [0; 99]).is_ok_and(|read| 0 < read) {
                break;
            }
        }
    });
    assert!(SystemClock.uptime() < start + Duration::from_secs(4), "it was cut off");
    serve(&door, &questions, || drop(UnixStream::connect(place::socket(data)).unwrap()));
    let answer = serve(&door, &questions, || said(data, format!("{SNAPSHOT}\n").as_bytes()));
    assert_eq!(answer, "{\"refused\":\"no Barn\"}\n");
}

#[test]
fn only_the_hubs_own_user_can_open_the_socket_and_it_is_gone_with_the_hub() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let door = open(data);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&place::folder(data)), mode(&place::socket(data))), (0o700, 0o600));
    drop(door);
    assert!(!place::socket(data).exists());
    fs::remove_dir(place::folder(data)).unwrap();
    fs::write(place::folder(data), "in the way").unwrap();
    assert!(Door::open(data, Questions::default(), Live::default(), Arc::new(SystemClock)).is_err());
}

#[test]
fn what_a_killed_hub_has_left_is_replaced_and_a_folder_with_a_long_name_will_do() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("a-very-long-name".repeat(12));
    fs::create_dir(&data).unwrap();
    let ask = Ask { node: "Barn".into(), command: Command { order: Order::Snapshot, view: None } };
    let call = || call(&data, &ask, &SystemClock, &mut Vec::new()).unwrap_err().to_string();
    assert!(call().starts_with("no hub is running that stores in "), "{}", call());
    // Killed: nothing is tidied up.
    std::mem::forget(open(&data));
    let questions = Questions::default();
    let door = Door::open(&data, questions.clone(), Live::default(), Arc::new(SystemClock)).unwrap();
    assert!(fs::metadata(place::socket(&data)).unwrap().file_type().is_socket());
    assert_eq!(serve(&door, &questions, call), "no Barn");
    // A socket on which nobody listens.
    drop(door);
    place::with_path(&data, |path| std::os::unix::net::UnixListener::bind(path)).map(drop).unwrap();
    assert!(call().starts_with("no hub is running that stores in "), "{}", call());
}

#[test]
fn a_hub_that_does_not_answer_in_time_does_not_do_it_later_either() {
    let folder = tempfile::tempdir().unwrap();
    let questions = Questions::default();
    let mut door = Door::open(folder.path(), questions.clone(), Live::default(), Arc::new(SystemClock)).unwrap();
    door.answer = Duration::from_millis(20);
    let answer = std::thread::scope(|scope| {
        let caller = scope.spawn(|| said(folder.path(), format!("{SNAPSHOT}\n").as_bytes()));
        door.step(Duration::from_secs(10)).unwrap();
        caller.join().unwrap()
    });
    assert!(answer.starts_with("{\"refused\":\"the hub is too busy"), "{answer}");
    assert!(questions.take(SystemClock.uptime()).is_none());
}

#[test]
fn what_was_asked_is_said_in_words() {
    let check = |order: Order, view: Option<&str>, expected: &str| {
        let command = Command { order, view: view.map(str::to_owned) };
        let ask = Ask { node: "Barn".into(), command };
        assert_eq!(ask.to_string(), format!("Barn was asked {expected}"));
        let line = serde_json::to_string(&ask).unwrap();
        assert_eq!(serde_json::from_str::<Ask>(&line).unwrap(), ask, "{line}");
    };
    check(Order::Snapshot, Some("Mailbox"), "for a snapshot of Mailbox");
    check(Order::Snapshot, None, "for a snapshot of each camera");
    check(Order::record(Duration::from_secs(10)), Some("Mailbox"), "to record Mailbox for 10s");
    check(Order::record(Duration::MAX), None, "to record all its cameras for 10m");
}
