//! The whole doctor over data directories that are really as they are said to be, and addresses that are really taken.

use std::net::TcpListener;

use picket_common::time::SimClock;
use serde_json::{Value, json};

use super::*;
use crate::sample::{event, shelve};
use crate::store::Store;

/// What is found: check, verdict and words of each finding.
fn found(listen: &str, data: &std::path::Path, clock: &dyn Clock) -> Vec<[String; 3]> {
    let mut config = HubConfig::default();
    (config.hub.listen, config.hub.data_directory) = (listen.to_owned(), data.to_owned());
    let mut out = Vec::new();
    examine(&config, clock, &mut Report::new(&mut out, true)).unwrap();
    let read = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        ["check", "verdict", "found"].map(|key| value[key].as_str().unwrap().to_owned())
    };
    String::from_utf8(out).unwrap().lines().map(read).collect()
}

fn check(findings: &[[String; 3]], check: &str, verdict: &str, words: &str) {
    let holds = |finding: &&[String; 3]| finding[0] == check && finding[1] == verdict && finding[2].contains(words);
    assert!(findings.iter().any(|finding| holds(&finding)), "no {check}, {verdict}, {words} in {findings:#?}");
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn morning() -> SimClock {
    SimClock::new("2026-11-20T12:01:00Z".parse().unwrap())
}

#[test]
fn a_hub_that_does_not_run_and_has_never_stored_anything_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let findings = found(&format!("tcp://127.0.0.1:{}", free_port()), &folder.path().join("no/data"), &morning());
    check(&findings, "address", "wrong", "no hub runs: nothing listens");
    check(&findings, "hub", "not_checked", "");
    check(&findings, "nodes", "warning", "nothing has ever arrived");
    check(&findings, "data", "warning", "there is no ");
    let taken = folder.path().join("file");
    std::fs::write(&taken, b"").unwrap();
    check(&found("tcp://127.0.0.1:9", &taken, &morning()), "data", "wrong", "is no folder");
}

#[test]
fn an_address_that_is_not_here_or_taken_is_told_with_who_has_it() {
    let folder = tempfile::tempdir().unwrap();
    // TEST-NET-1 of RFC 5737 is nobody's.
    check(
        &found("tcp://192.0.2.1:5555", folder.path(), &morning()),
        "address",
        "wrong",
        "is no address of this machine",
    );
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("tcp://*:{}", taken.local_addr().unwrap().port());
    let us = format!("(process {})", std::process::id());
    check(&found(&listen, folder.path(), &morning()), "address", "wrong", &us);
}

#[test]
fn a_hub_that_has_the_data_and_listens_elsewhere_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let store = Store::open(folder.path()).unwrap();
    let findings = found(&format!("tcp://127.0.0.1:{}", free_port()), folder.path(), &morning());
    let at = format!("127.0.0.1:{}", elsewhere.local_addr().unwrap().port());
    check(&findings, "address", "wrong", &at);
    check(&findings, "data", "ok", &format!("(process {})", std::process::id()));
    drop(store);
    let findings = found(&format!("tcp://127.0.0.1:{}", free_port()), folder.path(), &morning());
    check(&findings, "address", "wrong", "no hub runs");
    check(&findings, "data", "ok", "can be written to");
}

#[test]
fn a_quota_for_nobody_and_a_disk_that_others_fill_are_told() {
    let data = shelve(vec![crate::sample::image("Barn Door|jpg", "2026-11-20T12:00:30Z")]);
    let finding = |rules: &str| {
        let config: HubConfig =
            picket_common::config::parse("hub.yaml", format!("retention: {rules}").as_bytes()).unwrap();
        let finding = data::retention(data.path(), &config.retention).unwrap();
        format!("{:?}: {} {}", finding.verdict, finding.found, finding.advice.unwrap_or_default())
    };
    let check = |rules: &str, expected: &str| {
        let found = finding(rules);
        assert!(found.starts_with(expected), "{rules}: {found}");
    };
    check("{min_free: 0, max_age: 90d, quotas: {barn: 1GiB}}", "Ok: max_age 90d, quota of barn 1GiB");
    check(
        "{min_free: 0, quotas: {Bran: 1GiB}}",
        "Warning: there is a quota for Bran, of which there is no image is the name right? There are images of Barn",
    );
    // Four bytes cannot make nine tenths of any disk free, if they are not.
    let others = picket_common::doctor::Verdict::Warning;
    let room = crate::store::room(data.path()).unwrap();
    if room.free < room.total / 10 * 9 {
        assert!(finding("{min_free: 90}").starts_with(&format!("{others:?}: something else fills the disk: ")));
    }
    assert!(data::retention(std::path::Path::new("/nowhere"), &HubConfig::default().retention).is_none());
}

#[test]
fn a_page_that_everybody_reaches_or_that_keeps_the_hub_from_starting_is_told() {
    let data = crate::sample::folder();
    let check = |web: &str, expected: &[&str]| {
        let config: HubConfig = picket_common::config::parse("hub.yaml", format!("web: {web}").as_bytes()).unwrap();
        let told = |finding: Finding| format!("{:?}: {}", finding.verdict, finding.found);
        let found: Vec<String> = page::look(data.path(), &config.web).into_iter().map(told).collect();
        let is_so =
            found.len() == expected.len() && found.iter().zip(expected).all(|(one, other)| one.starts_with(other));
        assert!(is_so, "{web}: {found:#?}");
    };
    let unencrypted = "Warning: it is not encrypted";
    check("{listen: none}", &[]);
    check("{}", &["Ok: at 127.0.0.1:8080, for everybody on this machine"]);
    check("{listen: '*:8080'}", &["Wrong: the hub does not start", unencrypted]);
    check("{listen: '*:8080', auth: none}", &["Warning: everybody who reaches *:8080", unencrypted]);
    crate::certificate::Certificate::settle(data.path(), &["hub".into()], morning().now()).unwrap();
    check("{tls: self-made}", &["Ok: at", "Ok: its own certificate, until 2029-02-17, SHA-256 "]);
}

#[test]
fn a_broken_index_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("picket.db"), "no database, though it is long enough to be taken for one")
        .unwrap();
    let findings = found("tcp://192.0.2.1:5555", folder.path(), &morning());
    check(&findings, "index", "wrong", "it cannot be read");
    check(&findings, "nodes", "not_checked", "");
}

#[test]
fn nodes_that_are_silent_off_in_time_or_named_twice_are_told_and_old_senders_are_heard() {
    let heartbeat = |node: &str, at, data| {
        crate::sample::entry(picket_common::event::Kind::Health, &format!("{node}|Heartbeat"), at).with(data)
    };
    let health = |node: &str, data| heartbeat(node, "2026-11-20T12:00:50Z", data);
    let earlier = |node: &str, data| heartbeat(node, "2026-11-20T10:00:30Z", data);
    let lost = |view: &str, what: &str, state: &str| {
        let data = json!({"phase": "start", "what": what, "state": state});
        event(&format!("{view}|{what}|{state}"), "2026-11-20T12:00:50Z").of_event(view, data)
    };
    let twice =
        json!({"phase": "start", "what": "name", "state": "twice", "reason": "two machines have the name Barn"});
    let data = shelve(vec![
        event("Old Door|motion|moving", "2026-11-20T12:00:30Z"),
        event("Retired Door|motion|moving", "2021-11-20T10:00:30Z"),
        event("Once Door|motion|moving", "2026-11-20T10:00:30Z"),
        earlier("Gone", json!({"load": 0.5})),
        lost("Barn Yard", "camera", "lost"),
        lost("Barn Dew", "sensor", "dead"),
        lost("Barn Mended", "camera", "back"),
        health("Slow", json!({"clock_ahead_s": -3723})),
        health("Fresh", json!({"clock": "unsynced", "clock_ahead_s": 1})),
        health("Barn", json!({"load": 0.5})),
        event("Barn|name|twice", "2026-11-20T12:00:55Z").of_event("t-1", twice),
        // Either of the two restarts, and they are two still.
        event("Barn|Restart|barn", "2026-11-20T12:00:56Z"),
    ]);
    let findings = found("tcp://192.0.2.1:5555", data.path(), &morning());
    check(&findings, "nodes", "ok", "heard lately: Barn, Fresh, Slow");
    let old = ["imagezmq senders", "ok", "heard lately: Old"].map(str::to_owned);
    assert!(findings.contains(&old), "{findings:#?}");
    check(&findings, "node Gone", "wrong", "silent for 2h 0m");
    check(&findings, "node Once", "warning", "silent for 2h 0m");
    check(&findings, "old nodes", "ok", "not heard for more than 30 days: Retired (old or retired)");
    assert!(!findings.iter().any(|finding| finding[0] == "node Retired"), "{findings:#?}");
    check(&findings, "node Barn", "warning", "its camera Yard is lost since 2026-11-20 12:00:50 UTC");
    check(&findings, "node Barn", "warning", "its sensor Dew is dead since");
    assert!(!findings.iter().any(|finding| finding[2].contains("Mended")), "{findings:#?}");
    check(&findings, "node Slow", "wrong", "its clock 1h 2m behind the hub's");
    check(&findings, "node Fresh", "warning", "was not set by the network");
    check(&findings, "node Barn", "wrong", "two machines have the name Barn");
    assert!(!findings.iter().any(|finding| finding[0] == "node Old"), "{findings:#?}");
}

#[test]
fn a_hub_whose_nodes_are_all_of_the_past_is_not_wrong_but_hears_nobody() {
    let data = shelve(vec![event("Barn Door|motion|moving", "2021-11-20T10:00:30Z")]);
    let findings = found("tcp://192.0.2.1:5555", data.path(), &morning());
    check(&findings, "nodes", "warning", "nothing has arrived for more than 30 days");
    check(&findings, "old nodes", "ok", "Barn (old or retired)");
    assert!(!findings.iter().any(|finding| finding[0].starts_with("node ")), "{findings:#?}");
}
