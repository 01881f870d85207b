//! A whole node with a Pi's camera, its program a stand-in: what a user writes becomes what the camera is asked.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use picket_common::shutdown::Shutdown;
use picket_common::time::{Clock, SystemClock};

#[test]
fn a_node_asks_its_camera_to_turn_in_the_sensor() {
    let folder = tempfile::tempdir().unwrap();
    let stand_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stand-in/rpicam-vid");
    symlink(stand_in, folder.path().join("rpicam-vid")).unwrap();
    let file = folder.path().join("picket-node.yaml");
    let text = "node: {name: Nestbox}\nhub: {connect: \"tcp://127.0.0.1:1\"}\ncameras:\n  \
                - source: {kind: picamera, resolution: 64x64, format: mjpeg}\n    \
                rotate: 180\n    flip: horizontal\n    jpeg_quality: 81\n";
    std::fs::write(&file, text).unwrap();
    let mut path = std::ffi::OsString::from(folder.path());
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let mut node = Command::new(env!("CARGO_BIN_EXE_picket-node"))
        .args(["run".as_ref(), file.as_os_str()])
        .env("PATH", path)
        .env("XDG_STATE_HOME", folder.path())
        .env_remove("STATE_DIRECTORY")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let calls = || std::fs::read_to_string(folder.path().join("calls")).unwrap_or_default();
    (0..200).any(|_| !calls().is_empty() || SystemClock.wait(Duration::from_millis(50), &Shutdown::new()));
    node.kill().unwrap();
    node.wait().unwrap();
    let call: Vec<String> = serde_json::from_str(calls().lines().next().expect("the camera is started")).unwrap();
    for argument in ["--vflip", "--quality=81", "--width=64", "--framerate=10", "--timeout=0", "--codec=mjpeg"] {
        assert!(call.iter().any(|given| given == argument), "{argument} is not in {call:?}");
    }
    assert!(!call.iter().any(|given| given == "--hflip" || given.starts_with("--rotation")), "{call:?}");
}
