//! The same decisions as imagenode's on every frame. Needs a Python that has OpenCV, named by
//! PICKET_PYTHON (`deploy/test` makes one); without it the comparison is left out, and says so.

use std::fs;
use std::process::Command;

use crate::{golden, scene};

#[test]
fn every_frame_is_decided_as_imagenode_decides_it() {
    let Some(python) = std::env::var_os("PICKET_PYTHON") else {
        eprintln!("left out: PICKET_PYTHON names no Python that has OpenCV");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for (index, jpeg) in scene::jpegs().iter().enumerate() {
        fs::write(folder.path().join(format!("{index:06}.jpg")), jpeg).unwrap();
    }
    let lines = folder.path().join("lines");
    fs::write(&lines, &golden::replayed().0).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/imagenode.py");
    let mut command = Command::new(python);
    command.arg(script).arg(folder.path()).arg(golden::DETECTORS).arg("--against").arg(&lines);
    let output = command.output().unwrap();
    let (told, trouble) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}{trouble}");
    println!("{told}");
}
