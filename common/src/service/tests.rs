//! systemd's end is a real socket. Where it is, systemd says in the environment, which a test may not change for the
//! others; so the service is a process of its own: this same program with only [`a_service_lives`] to run.

use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};

use super::*;
use crate::time::{SimClock, Timestamp};

const SECOND: Duration = Duration::from_secs(1);

#[test]
#[ignore = "the child of the test below; alone it has nobody to tell"]
fn a_service_lives() {
    let clock = SimClock::new(Timestamp::UNIX_EPOCH);
    let mut service = Service::new(Arc::new(clock.clone()));
    let (camera, uplink) = (service.thread("camera", 60 * SECOND), service.thread("uplink", 10 * SECOND));
    service.ready("one camera");
    for second in 1..=40 {
        clock.advance(SECOND);
        camera.beat();
        // From the 20th second to the 35th the uplink hangs.
        if !(21..35).contains(&second) {
            uplink.beat();
        }
        service.turn();
        match second {
            20 => service.status("the uplink hangs"),
            30 => service.status("for longer than it may"),
            34 => service.status("and beats again"),
            _ => {}
        }
        service.status(&service.status.clone());
    }
    drop(uplink);
    clock.advance(30 * SECOND);
    service.turn();
    service.stopping();
}

/// What systemd hears of a service whose watchdog has a patience of `watchdog` microseconds.
fn heard(watchdog: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("notify");
    let systemd = UnixDatagram::bind(&place).unwrap();
    systemd.set_read_timeout(Some(60 * SECOND)).unwrap();
    let mut child: Child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "service::tests::a_service_lives"])
        .envs([("NOTIFY_SOCKET", place.as_os_str()), ("WATCHDOG_USEC", watchdog.as_ref())])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut heard = Vec::new();
    while !heard.last().is_some_and(|said: &String| said.starts_with("STOPPING=1")) {
        let mut buffer = [0; 1024];
        let length = systemd.recv(&mut buffer).unwrap();
        heard.push(String::from_utf8(buffer[..length].to_vec()).unwrap());
    }
    assert!(child.wait().unwrap().success());
    heard
}

#[test]
fn systemd_hears_of_life_only_while_every_thread_is_alive() {
    let check = |watchdog: &str, beats: [usize; 4]| {
        let mut expected = vec!["READY=1\nSTATUS=one camera\n"];
        let statuses = ["the uplink hangs", "for longer than it may", "and beats again"];
        let told: Vec<String> = statuses.iter().map(|status| format!("STATUS={status}\n")).collect();
        for (place, count) in beats.into_iter().enumerate() {
            expected.extend(std::iter::repeat_n("WATCHDOG=1\n", count));
            expected.extend(told.get(place).map(String::as_str));
        }
        expected.push("STOPPING=1\nSTATUS=stopping\n");
        assert_eq!(heard(watchdog), expected, "{watchdog}");
    };
    // A look every two seconds, from the first on; the last is after a thread has ended, and nobody misses it.
    check("6000000", [10, 5, 0, 4]);
    // Whatever the watchdog's patience, there is a look every ten seconds.
    check("600000000", [2, 1, 0, 1]);
}
