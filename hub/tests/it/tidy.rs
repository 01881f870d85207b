//! What clippy cannot say: each of these libraries is named in one place only.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Whether a line of code names the crate `library`: as the first word of a path, or to call it otherwise.
fn names(line: &str, library: &str) -> bool {
    let code = line.split("//").next().unwrap_or("");
    code.match_indices(library).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + library.len()..]);
        let path = before.strip_suffix("::").unwrap_or(before);
        let is_first = !path.ends_with(|c: char| c.is_alphanumeric() || c == '_') && !path.ends_with(':');
        is_first && (after.starts_with("::") || after.starts_with(" as "))
    })
}

/// The files, below the workspace's root, that name `library` in code.
fn naming(library: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    ["common/src", "node/src", "hub/src"].iter().for_each(|folder| sources(&root.join(folder), &mut files));
    files.retain(|path| fs::read_to_string(path).unwrap().lines().any(|line| names(line, library)));
    files.sort();
    files.iter().map(|path| path.strip_prefix(root).unwrap().display().to_string()).collect()
}

#[test]
fn each_library_is_named_in_one_place() {
    let check = |library: &str, places: &[&str]| assert_eq!(naming(library), places, "{library}");
    check("argon2", &["hub/src/access/password.rs"]);
    check("digest_auth", &["node/src/source/http/proof.rs", "node/src/source/http/tests/logins.rs"]);
    check("httparse", &["node/src/source/http/head.rs"]);
    check("indicatif", &["hub/src/import/progress.rs"]);
    check("opencv", &["node/src/vision.rs"]);
    check("turbojpeg", &["common/src/jpeg.rs"]);
    check("serde_yaml", &["common/src/config/yaml.rs"]);
    check("tracing_subscriber", &["common/src/telemetry.rs"]);
    check("rcgen", &["hub/src/certificate.rs"]);
    check("rust_embed", &["hub/src/web/page.rs"]);
    check("tokio_rustls", &["hub/src/web/tls.rs"]);
    check("rusqlite", &["hub/src/index.rs"]);
    check("rppal", &["node/src/pins/rppal.rs"]);
    check("gpiocdev", &["node/src/pins/chardev.rs"]);
    check("v4l", &["node/src/source/v4l2/device.rs"]);
    check("rscam", &["node/src/source/v4l2/panel.rs"]);
    check("sd_notify", &["common/src/service.rs"]);
    check("zmq", &["common/src/transport/zmq.rs"]);
}

#[test]
fn a_crate_is_told_from_a_module_of_its_name() {
    let check = |line, expected| assert_eq!(names(line, "zmq"), expected, "{line}");
    check("use ::zmq::{Context, Socket};", true);
    check("let context = zmq::Context::new();", true);
    check("use zmq as sockets;", true);
    check("use picket_common::transport::zmq::Router;", false);
    check("use super::zmq::{Dealer, Router};", false);
    check("pub mod zmq;", false);
    check("//! ZeroMQ: see zmq::Context", false);
    check("imagezmq::receive()", false);
}
