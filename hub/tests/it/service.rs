//! The program as systemd sees it: a real process, a real socket.

use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

#[test]
fn systemd_is_told_when_the_hub_is_ready_that_it_lives_and_that_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let (place, data) = (folder.path().join("notify"), folder.path().join("data"));
    let systemd = UnixDatagram::bind(&place).unwrap();
    systemd.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut hub = Command::new(env!("CARGO_BIN_EXE_picket-hub"))
        .args(["run", "--listen", "tcp://127.0.0.1:*", "--data"])
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
