//! The program as systemd sees it: a real process, a real socket.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

#[test]
fn systemd_is_told_when_the_hub_is_ready_that_it_lives_and_that_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let (place, data) = (folder.path().join("notify"), folder.path().join("data"));
    let systemd = UnixDatagram::bind(&place).unwrap();
    systemd.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut hub = Command::new(env!("CARGO_BIN_EXE_picket-hub"))
        .args(["run", "--listen", "tcp://127.0.0.1:*", "--web", "none", "--data"])
        .arg(&data)
        .envs([("NOTIFY_SOCKET", place.as_os_str()), ("WATCHDOG_USEC", "300000".as_ref())])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let hear = || {
        let mut buffer = [0; 1024];
        let length = systemd.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    };
    let ready = hear();
    assert!(ready.starts_with("READY=1\nSTATUS=listening on tcp://127.0.0.1:"), "{ready}");
    assert!(ready.ends_with(&format!(", storing in {}\n", data.display())), "{ready}");
    assert_eq!([hear(), hear(), hear()], ["WATCHDOG=1\n"; 3]);
    let id = Pid::from_raw(hub.id().try_into().unwrap()).unwrap();
    kill_process(id, Signal::TERM).unwrap();
    let stop = std::iter::from_fn(|| Some(hear())).find(|said| said != "WATCHDOG=1\n");
    assert_eq!(stop.as_deref(), Some("STOPPING=1\nSTATUS=stopping\n"));
    assert!(hub.wait().unwrap().success());
}

/// The program over `data`, with its page at `web`.
fn start(data: &Path, web: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_picket-hub"))
        .args(["run", "--listen", "tcp://127.0.0.1:*", "--web", web, "--data"])
        .arg(data)
        .env("HOME", data)
        .current_dir(data)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What it says from its start until it listens, or ends.
fn said(hub: &mut Child) -> String {
    let mut said = String::new();
    let mut lines = BufReader::new(hub.stderr.take().unwrap()).lines().map_while(Result::ok);
    while !said.contains("hub started") {
        let Some(line) = lines.next() else { return said };
        said += &format!("{line}\n");
    }
    let id = Pid::from_raw(hub.id().try_into().unwrap()).unwrap();
    kill_process(id, Signal::TERM).unwrap();
    said.extend(lines.map(|line| format!("{line}\n")));
    assert!(hub.wait().unwrap().success(), "{said}");
    said
}

#[test]
fn what_is_sent_is_stored_page_or_none() {
    let data = crate::world::folder();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let check = |web: &str, told: &[&str]| {
        let said = said(&mut start(data.path(), web));
        assert!(said.contains("hub stopped") && told.iter().all(|told| said.contains(told)), "{web}: {said}");
        said
    };
    check(&address, &["there is no page: web.listen: cannot listen on", "another program listens there", "--web"]);
    assert!(!check("none", &[]).contains("page"), "none is wanted");
    check("localhost:0", &["page=http://127.0.0.1:"]);
    std::fs::write(data.path().join("users.json"), "{").unwrap();
    check("localhost:0", &["there is no page, for it cannot be known who may use it", "users.json is damaged"]);
    check("none", &[]);
}

#[test]
fn a_page_that_is_no_address_or_open_to_everybody_is_refused() {
    let data = crate::world::folder();
    let check = |web: &str, told: &str| {
        let mut hub = start(data.path(), web);
        let mut said = String::new();
        hub.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(!hub.wait().unwrap().success() && said.contains(told), "{web}: {said}");
    };
    check("nowhere", "write one such as 127.0.0.1:8080 or *:8080, or none");
    check("*:0", "`picket-hub user add NAME --role admin`");
}
