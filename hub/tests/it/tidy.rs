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

/// The files, below the workspace's root, that name `library` in code.
fn naming(library: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    ["common/src", "node/src", "hub/src"].iter().for_each(|folder| sources(&root.join(folder), &mut files));
    let used = format!("{library}::");
    let names = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        text.lines().any(|line| {
            let code = line.split("//").next().unwrap_or("");
            code.match_indices(&used).any(|(at, _)| {
                !code[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':'))
                    || code[..at].ends_with(" ::")
            })
        })
    };
    let mut named: Vec<String> = files
        .iter()
        .filter(|path| names(path))
        .map(|path| path.strip_prefix(root).unwrap().display().to_string())
        .collect();
    named.sort();
    named
}

#[test]
fn each_library_is_named_in_one_place() {
    let check = |library: &str, places: &[&str]| assert_eq!(naming(library), places, "{library}");
    check("opencv", &["node/src/vision.rs"]);
    check("turbojpeg", &["common/src/jpeg.rs"]);
    check("serde_yaml", &["common/src/config/yaml.rs"]);
    check("tracing_subscriber", &["common/src/telemetry.rs"]);
    let sql = naming("rusqlite");
    assert!(!sql.is_empty() && sql.iter().all(|file| file.starts_with("hub/src/index")), "{sql:?}");
    let sockets = naming("zmq");
    assert!(sockets.iter().all(|file| file == "common/src/transport/zmq.rs"), "{sockets:?}");
}
