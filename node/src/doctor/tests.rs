//! The whole doctor against what really listens on the loopback, and cameras that really fail.

use std::net::TcpListener;
use std::time::Duration;

use picket_common::config;
use picket_common::transport::zmq::{Publisher, Router};
use serde_json::{Value, json};

use super::*;
use crate::author::Author;
use crate::config::CameraConfig;
use crate::source::SourceError;
use crate::spool::{Settings, Spool};
use picket_common::doctor::Verdict;
use picket_common::time::SimClock;

/// What is found with this configuration: check, verdict and words of each finding.
fn found(text: &str) -> Vec<[String; 3]> {
    let config: NodeConfig = config::parse("node.yaml", text.as_bytes()).unwrap_or_else(|error| panic!("{error:#}"));
    let (mut out, clock) = (Vec::new(), Arc::new(SystemClock) as Arc<dyn Clock>);
    examine(Path::new("node.yaml"), &config.resolved(), &clock, &mut Report::new(&mut out, true)).unwrap();
    let lines = String::from_utf8(out).unwrap();
    let read = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        ["check", "verdict", "found"].map(|key| value[key].as_str().unwrap().to_owned())
    };
    lines.lines().map(read).collect()
}

fn of<'f>(findings: &'f [[String; 3]], check: &str) -> [&'f str; 2] {
    let found = findings.iter().find(|finding| finding[0] == check);
    let [_, verdict, words] = found.unwrap_or_else(|| panic!("no {check} in {findings:#?}"));
    [verdict, words]
}

fn with_hub(address: &str) -> Vec<[String; 3]> {
    found(&format!(
        "hub: {{connect: '{address}', timeout: 1s}}\ncameras: [{{source: {{kind: pattern, resolution: 64x48}}}}]"
    ))
}

#[test]
fn a_port_where_nothing_listens_is_closed_and_no_more_is_asked_of_it() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let findings = with_hub(&format!("tcp://127.0.0.1:{port}"));
    assert_eq!(of(&findings, "camera"), ["ok", of(&findings, "camera")[1]]);
    assert_eq!(of(&findings, "address")[0], "ok");
    assert_eq!(of(&findings, "route"), ["ok", "from 127.0.0.1"]);
    let [verdict, words] = of(&findings, "port");
    assert!(verdict == "wrong" && words.contains("is closed"), "{words}");
    assert_eq!(of(&findings, "hub"), ["not_checked", "it cannot be reached"]);
}

#[test]
fn a_wrong_door_is_told_by_the_socket_behind_it() {
    let publisher = Publisher::bind("tcp://127.0.0.1:*", 10).unwrap();
    let [verdict, words] = of(&with_hub(publisher.address()), "hub").map(str::to_owned);
    assert!(verdict == "wrong" && words.contains("a PUB listens there"), "{words}");
    // It takes what comes and answers nothing, as a hub that hangs.
    let router = Router::bind("tcp://127.0.0.1:*", 1 << 20).unwrap();
    let [verdict, words] = of(&with_hub(router.address()), "hub").map(str::to_owned);
    assert!(verdict == "wrong" && words.contains("a ROUTER listens there and does not answer within 1.0s"), "{words}");
}

#[test]
fn each_camera_is_opened_and_says_for_itself_what_it_lacks() {
    let empty = tempfile::tempdir().unwrap();
    let findings = found(&format!(
        "hub: {{connect: 'tcp://127.0.0.1:9', timeout: 1s}}
cameras:
  - {{view: Fine, source: {{kind: pattern, resolution: 64x48}}}}
  - {{view: Gone, source: {{kind: v4l2, device: /dev/video-that-is-not-there}}}}
  - {{view: Void, source: {{kind: images, path: {:?}}}}}
  - {{view: Broken, source: {{kind: command, program: [/bin/false], resolution: 64x48, framerate: 10}}}}
",
        empty.path()
    ));
    let check = |view: &str, verdict: &str, words: &str| {
        let found = of(&findings, &format!("camera {view}"));
        assert!(found[0] == verdict && found[1].contains(words), "{found:?}");
    };
    check("Fine", "ok", "gives frames of 64x48, the first after 0.");
    check("Gone", "wrong", "there is no /dev/video-that-is-not-there");
    check("Void", "wrong", "no JPEG");
    check("Broken", "wrong", "false ended (exit status: 1)");
}

#[test]
fn a_configuration_with_a_mistake_is_itself_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("node.yaml");
    std::fs::write(&path, "hub: {conect: x}\ncameras: [{source: {kind: pattern}}]\n").unwrap();
    let mut out = Vec::new();
    let options = Options { config: Some(path), json: false };
    run(&options, &mut out).unwrap_err();
    let text = String::from_utf8(out).unwrap();
    assert!(text.starts_with("wrong: configuration: ") && text.contains("did you mean `connect`?"), "{text}");
    assert!(text.lines().last().unwrap().starts_with("mend first: configuration: "), "{text}");
}

#[test]
fn a_camera_that_the_running_node_has_is_no_fault() {
    let camera = CameraConfig {
        view: Some("Door".into()),
        ..serde_json::from_value(serde_json::json!({"source": {"kind": "v4l2"}})).unwrap()
    };
    let process = Process { id: 7, name: "picket-node".into() };
    let busy = || Err(SourceError::Lost("/dev/video0 is in use by picket-node (process 7)".into()));
    let judged = |running, first| camera::judge(&camera, first, running);
    assert_eq!(judged(Some(&process), busy()).verdict, Verdict::NotChecked);
    assert_eq!(judged(None, busy()).verdict, Verdict::Wrong);
    let gone = Err(SourceError::Lost("there is no /dev/video0; there is no camera at all".into()));
    assert_eq!(judged(Some(&process), gone).verdict, Verdict::Wrong);
}

#[test]
fn each_sensor_is_read_once_and_says_for_itself_what_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("temp"), "21500\n").unwrap();
    let findings = found(&format!(
        "hub: {{connect: 'tcp://127.0.0.1:9', timeout: 1s}}
cameras: [{{source: {{kind: pattern, resolution: 64x48}}}}]
sensors:
  - {{kind: file, name: Warm, path: {:?}, scale: 0.001, measures: Temp, unit: C}}
  - {{kind: file, name: Gone, path: /no/such/file, measures: Temp, unit: C}}
  - {{kind: command, name: Hangs, program: [sleep, '60'], timeout: 1s, measures: Temp, unit: C}}
  - {{kind: ds18b20, name: Dew, id: 28-000000000000}}
",
        folder.path().join("temp")
    ));
    let check = |name: &str, verdict: &str, words: &str| {
        let found = of(&findings, &format!("sensor {name}"));
        assert!(found[0] == verdict && found[1].contains(words), "{found:?}");
    };
    check("Warm", "ok", "Temp 21.5 C");
    check("Gone", "wrong", "/no/such/file: there is no such file");
    check("Hangs", "wrong", "took longer than 1s and was ended");
    check("Dew", "wrong", "w1");
}

#[test]
fn an_input_that_the_running_node_has_is_no_fault() {
    let input = json!({"kind": "input", "name": "Door", "gpio": 4});
    let config = serde_json::from_value(input).unwrap();
    let process = Process { id: 7, name: "picket-node".into() };
    let busy = || Err("GPIO4 is in use by picket-node; use another pin, or stop that".to_owned());
    assert_eq!(sensor::judge(&config, busy(), Some(&process)).verdict, Verdict::NotChecked);
    assert_eq!(sensor::judge(&config, busy(), None).verdict, Verdict::Wrong);
}

#[test]
fn another_nodes_process_is_not_this_one() {
    let process = |id| Process { id, name: "picket-node".into() };
    let check = |nodes: Vec<(Option<&str>, u32)>, running: Option<u32>, words: &str| {
        let nodes = nodes.into_iter().map(|(file, id)| (file.map(PathBuf::from), process(id))).collect();
        let (found, finding) = service(Path::new("/no/barn.yaml"), nodes);
        assert_eq!(found.map(|process| process.id), running, "{finding:?}");
        assert!(finding.found.contains(words), "{finding:?}");
    };
    check(vec![], None, "no picket-node runs here now");
    check(vec![(Some("/no/shed.yaml"), 7), (Some("/no/barn.yaml"), 8)], Some(8), "picket-node (process 8) runs here");
    let other = "another picket-node runs here (process 7, with /no/shed.yaml); this one does not";
    check(vec![(Some("/no/shed.yaml"), 7)], None, other);
    check(vec![(None, 7)], Some(7), "picket-node (process 7) runs here; its file cannot be seen");
}

#[test]
fn what_waits_in_the_spool_is_told_with_its_place_and_its_age() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("spool");
    let config = config::parse::<NodeConfig>(
        "node.yaml",
        format!("hub: {{connect: 'tcp://127.0.0.1:9'}}\nspool: {{directory: {directory:?}}}\ncameras: [{{source: {{kind: pattern}}}}]")
            .as_bytes(),
    )
    .unwrap()
    .resolved();
    let clock = SimClock::new("2026-11-20T12:00:00Z".parse().unwrap());
    let process = |id| Process { id, name: "picket-node".into() };
    let check = |running: Option<u32>, verdict, words: &str, advice: &str| {
        let finding = spool::look(&config, running.map(process).as_ref(), clock.now());
        assert!(finding.verdict == verdict && finding.found.contains(words), "{finding:?}");
        assert!(finding.advice.unwrap_or_default().contains(advice), "{advice}");
    };
    check(None, Verdict::Ok, "nothing waits; ", "");
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let (spool, mut keeper) = Spool::on_disk(Settings::of(&config.spool, "Pi 1").unwrap(), shared.clone());
    keeper.step();
    check(None, Verdict::Ok, "nothing waits in ", "");
    let author = Author { node: "Barn".into(), view: None, boot: "boot".into(), clock: shared, spool };
    (0..3).for_each(|_| author.restart(&[]));
    clock.advance(Duration::from_secs(2));
    keeper.step();
    check(Some(std::process::id()), Verdict::Ok, "3 messages wait", "");
    clock.advance(Duration::from_secs(3600));
    let told = "in 1 stream, the oldest of 2026-11-20 12:00:00 UTC in ";
    check(Some(std::process::id()), Verdict::Warning, told, "what keeps it from that is below");
    check(Some(1), Verdict::Wrong, "which is not this node", "of its own");
    drop((author, keeper));
    check(None, Verdict::Warning, told, "spool dump");
    std::fs::write(directory.join("checkpoint"), "junk").unwrap();
    check(None, Verdict::Warning, "places that are damaged: 1", "spool check");
    std::fs::remove_dir_all(&directory).unwrap();
    std::fs::create_dir(&directory).unwrap();
    check(None, Verdict::NotChecked, "is no spool", "");
}
