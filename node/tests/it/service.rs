//! The program as systemd sees it: a real process, a real socket.

use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

const CONFIG: &str = "\
node: {name: Barn}
hub: {connect: 'tcp://127.0.0.1:9'}
spool: {directory: 'FOLDER/spool'}
cameras: [{view: Door, source: {kind: pattern, resolution: 64x48, framerate: 20}}]
";

/// Ends with the test, however that ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn systemd_is_told_when_the_node_is_ready_how_it_is_and_that_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let (place, config) = (folder.path().join("notify"), folder.path().join("node.yaml"));
    std::fs::write(&config, CONFIG.replace("FOLDER", folder.path().to_str().unwrap())).unwrap();
    let systemd = UnixDatagram::bind(&place).unwrap();
    systemd.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let node = Command::new(env!("CARGO_BIN_EXE_picket-node"))
        .arg("run")
        .arg(&config)
        .envs([("NOTIFY_SOCKET", place.as_os_str()), ("WATCHDOG_USEC", "300000".as_ref())])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let node = Running(node);
    let hear = || {
        let mut buffer = [0; 1024];
        let length = systemd.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    };
    let mut status = hear().strip_prefix("READY=1\n").unwrap().to_owned();
    let mut beats = 0;
    while beats < 5 || status != "STATUS=cameras with frames: 1 of 1\n" {
        match hear().as_str() {
            "WATCHDOG=1\n" => beats += 1,
            told => told.clone_into(&mut status),
        }
    }
    let id = Pid::from_raw(node.0.id().try_into().unwrap()).unwrap();
    kill_process(id, Signal::TERM).unwrap();
    // The camera may be seen to have stopped before the rest.
    let stop = std::iter::from_fn(|| Some(hear())).find(|said| said.starts_with("STOPPING"));
    assert_eq!(stop.as_deref(), Some("STOPPING=1\nSTATUS=stopping\n"));
    // While it waits for the hub, which is away, it goes on to show that it lives.
    assert_eq!(hear(), "WATCHDOG=1\n");
}
