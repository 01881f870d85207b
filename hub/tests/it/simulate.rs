//! Virtual nodes at a real hub over real sockets: what the oracle says was acknowledged is there once, byte for byte.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Parser;
use jiff::tz::TimeZone;
use picket_common::shutdown::Shutdown;
use picket_common::time::SystemClock;
use picket_common::transport::zmq::Router;
use picket_hub::app;
use picket_hub::config::Limits;
use picket_hub::ingest::Settings;
use picket_node::simulate::{self, Options};
use serde_json::Value;

use crate::world::folder;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    options: Options,
}

/// Runs virtual nodes with these arguments where no hub is.
fn run_alone(arguments: &[&str]) -> Value {
    let arguments =
        ["simulate", "--hub", "tcp://127.0.0.1:9", "--grace", "0s"].into_iter().chain(arguments.iter().copied());
    let summary = simulate::simulate(&Cli::parse_from(arguments).options, &Shutdown::new()).unwrap();
    assert!(!summary.is_clean(), "{summary}");
    summary.json()
}

/// Runs virtual nodes with these arguments at a hub over `data`, and gives their summary as JSON.
fn run(data: &Path, arguments: &[&str]) -> Value {
    let router = Router::bind("tcp://127.0.0.1:*", 1 << 20).unwrap();
    let address = router.address().to_owned();
    let settings = Settings {
        name: "Farm".into(),
        max_bytes: 1 << 20,
        patience: Duration::from_secs(600),
        zone: TimeZone::UTC,
        limits: Limits::default(),
    };
    let journal = app::journal(data).unwrap();
    let (mut ingest, mut shelver) = app::build(data, journal, router, settings, Arc::new(SystemClock)).unwrap();
    let stop = AtomicBool::new(false);
    let summary = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Acquire) {
                ingest.step(Duration::from_millis(10)).unwrap();
            }
        });
        let arguments = ["simulate", "--hub", &address, "--grace", "20s"].into_iter().chain(arguments.iter().copied());
        let summary = simulate::simulate(&Cli::parse_from(arguments).options, &Shutdown::new());
        stop.store(true, Ordering::Release);
        summary.unwrap()
    });
    while 0 < shelver.step().unwrap() {}
    assert!(summary.is_clean(), "{summary}");
    summary.json()
}

/// The oracle's lines with this word: what is behind it.
fn told(oracle: &Path, word: &str) -> Vec<String> {
    let text = fs::read_to_string(oracle).unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
    lines.map(str::to_owned).collect()
}

/// The checksum of every stored file, by what is told of it in `records/`.
fn stored(data: &Path) -> Vec<Value> {
    let records =
        fs::read_dir(data.join("records")).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let lines: Vec<Value> = records
        .flat_map(|text| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>())
        .collect();
    for line in lines.iter().filter(|line| line["file"].is_string()) {
        let bytes = fs::read(data.join(line["file"].as_str().unwrap())).unwrap();
        assert_eq!(line["checksum"], blake3::hash(&bytes).to_hex().as_str(), "{line}");
    }
    lines
}

#[test]
fn what_virtual_nodes_were_told_is_safe_is_there_once() {
    let data = folder();
    let oracle = data.path().join("oracle");
    let told_to =
        ["--nodes", "5", "--rate", "40", "--seconds", "1", "--size", "2000", "--oracle", oracle.to_str().unwrap()];
    let summary = run(data.path(), &told_to);
    let sent: BTreeMap<String, String> = told(&oracle, "sent")
        .iter()
        .map(|line| {
            let (place, picture) = line.match_indices(' ').nth(1).map(|(at, _)| line.split_at(at)).unwrap();
            (place.to_owned(), picture.trim().to_owned())
        })
        .collect();
    let mut acked = told(&oracle, "acked");
    acked.sort();
    assert_eq!(acked, sent.keys().cloned().collect::<Vec<_>>());
    assert_eq!(summary["acknowledged"], sent.len());
    assert!(summary["images"].as_u64().unwrap() > 100 && summary["events"].as_u64().unwrap() >= 10, "{summary}");
    let mut kept = BTreeMap::new();
    for line in stored(data.path()) {
        let place = format!("{} {}", line["stream"].as_str().unwrap(), line["seq"]);
        let picture = match line["checksum"].as_str() {
            Some(checksum) => format!("{checksum} {}", line["size"]),
            None => "- 0".to_owned(),
        };
        assert_eq!(kept.insert(place.clone(), picture), None, "{place} is there twice");
    }
    assert_eq!(kept, sent);
}

#[test]
fn what_old_senders_were_told_is_safe_is_there_once() {
    let data = folder();
    let oracle = data.path().join("oracle");
    let protocol = ["--protocol", "imagezmq", "--nodes", "3", "--rate", "0", "--seconds", "0.5", "--name", "old"];
    let summary = run(data.path(), &[&protocol[..], &["--oracle", oracle.to_str().unwrap()]].concat());
    let checksum = |line: &String| line.split(' ').nth(2).unwrap().to_owned();
    let mut sent: Vec<String> = told(&oracle, "sent").iter().map(checksum).collect();
    let mut kept: Vec<String> =
        stored(data.path()).iter().map(|line| line["checksum"].as_str().unwrap().to_owned()).collect();
    sent.sort();
    kept.sort();
    assert_eq!(kept, sent);
    assert_eq!((summary["acknowledged"].as_u64(), told(&oracle, "acked").len()), (Some(kept.len() as u64), sent.len()));
    assert!(kept.len() >= 3, "{summary}");
}

#[test]
fn what_was_left_in_a_spool_is_delivered_by_the_next_run() {
    let data = folder();
    let (oracle, spool) = (data.path().join("oracle"), data.path().join("spool"));
    let kept = ["--nodes", "2", "--rate", "50", "--size", "2000", "--spool", spool.to_str().unwrap()];
    let kept = [&kept[..], &["--oracle", oracle.to_str().unwrap()]].concat();
    let away = run_alone(&[&kept[..], &["--seconds", "0.5"]].concat());
    assert_eq!(away["acknowledged"], 0);
    let sent = told(&oracle, "sent").len();
    assert!(sent > 20, "{away}");
    let back = run(data.path(), &[&kept[..], &["--seconds", "0"]].concat());
    assert_eq!(
        (back["left"].as_u64(), back["acknowledged"].as_u64()),
        (Some(sent as u64), Some(sent as u64)),
        "{back}"
    );
    assert_eq!(stored(data.path()).len(), sent);
    let nothing = run(data.path(), &[&kept[..], &["--seconds", "0"]].concat());
    assert_eq!(nothing["left"], 0);
}
