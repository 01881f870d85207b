//! Real file systems that are full or cannot be written to. They are mounted in a namespace of the test's own, where
//! the system lets a user have one (`unshare`); where it does not, the simulated disk alone has shown it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use super::super::disk::Folder;
use super::super::{LogError, inspect, open};
use super::{Log, OPTIONS, SEGMENT, key, numbered};

const INSIDE: &str = "PICKET_TEST_IN_NAMESPACE";

/// In a namespace of its own, the folder for the test. Elsewhere none: the test of this name is run once more in one.
fn inside(test: &str, unshare: &str) -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os(INSIDE) {
        return Some(folder.into());
    }
    if !run("unshare", &[unshare, "true"]) {
        eprintln!("skipped: `unshare {unshare}` is not allowed here");
        return None;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let this = std::env::current_exe().expect("this program");
    let name = format!("log::tests::mounted::{test}");
    let mut again = Command::new("unshare");
    let again = again.arg(unshare).arg(this).args(["--exact", &name, "--nocapture"]).env(INSIDE, folder.path());
    let output = again.output().expect("runs");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("1 passed"), "{told}");
    None
}

fn run(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

fn mount(options: &str, path: &Path) {
    assert!(run("mount", &["-t", "tmpfs", "-o", options, "none", &path.to_string_lossy()]), "cannot mount {options}");
}

fn on(path: &Path) -> Log {
    Log::open(Arc::new(Folder::new(path).expect("a folder")), 0)
}

#[test]
fn a_full_file_system_refuses_before_anything_is_promised() {
    let Some(folder) = inside("a_full_file_system_refuses_before_anything_is_promised", "-Urm") else { return };
    mount("size=128k", &folder);
    let (mut log, payload) = (on(&folder.join("log")), "x".repeat(350));
    let mut last = 0;
    let full = loop {
        match log.writer.append(key(last + 1), &[payload.as_bytes()]) {
            Ok(number) => {
                assert_eq!((log.writer.sync().expect("what was taken is synced"), number), (number, last + 1))
            }
            Err(error) => break error,
        }
        last += 1;
    };
    assert!(matches!(full, LogError::Full(_)), "{full}");
    assert!(last > 50, "{last}");
    // Room that somebody else gives back is used again.
    let expected = vec![payload.as_str(); last as usize + 1];
    drop(log);
    let mut log = on(&folder.join("log"));
    assert_eq!((log.all(), log.recovery.damage.len()), (numbered(1, &expected[1..]), 0));
    mount_again("size=256k", &folder);
    log.batch(last + 1, &[&payload]);
    drop(log);
    assert_eq!(on(&folder.join("log")).all(), numbered(1, &expected));
}

fn mount_again(options: &str, path: &Path) {
    let options = format!("remount,{options}");
    assert!(run("mount", &["-o", &options, &path.to_string_lossy()]), "cannot {options}");
}

#[test]
fn a_file_system_mounted_for_reading_is_refused_and_can_be_looked_at() {
    let Some(folder) = inside("a_file_system_mounted_for_reading_is_refused_and_can_be_looked_at", "-Urm") else {
        return;
    };
    mount("size=128k", &folder);
    on(&folder).batch(1, &["one", "two", &"x".repeat(SEGMENT as usize)]);
    mount_again("ro", &folder);
    check_refused(&folder, "mounted for reading only");
    mount_again("rw", &folder);
    on(&folder).batch(4, &["four"]);
}

#[test]
fn a_folder_that_may_not_be_written_to_is_refused_and_can_be_looked_at() {
    let Some(folder) = inside("a_folder_that_may_not_be_written_to_is_refused_and_can_be_looked_at", "-U") else {
        return;
    };
    on(&folder).batch(1, &["one", "two", &"x".repeat(SEGMENT as usize)]);
    assert!(run("chmod", &["-R", "a-w", &folder.to_string_lossy()]));
    check_refused(&folder, "may this user read and write there?");
    assert!(run("chmod", &["-R", "u+w", &folder.to_string_lossy()]));
    on(&folder).batch(4, &["four"]);
}

/// The log there has three records, and cannot be opened.
fn check_refused(path: &Path, words: &str) {
    let files = || {
        let entries = std::fs::read_dir(path).expect("lists").map(|entry| entry.expect("an entry").path());
        let mut files: Vec<_> = entries.map(|path| (std::fs::read(&path).expect("reads"), path)).collect();
        files.sort();
        files
    };
    let before = files();
    let disk = Arc::new(Folder::new(path).expect("is there"));
    let refused = open(disk.clone(), OPTIONS, 0).err().expect("is refused").to_string();
    let lock = path.join("lock").display().to_string();
    assert!(refused.starts_with(&format!("cannot lock {lock}: ")) && refused.contains(words), "{refused}");
    let mut seen = inspect(disk).expect("can be looked at");
    assert_eq!(std::iter::from_fn(|| seen.next().expect("reads")).count(), 3);
    assert!(files() == before, "something has changed");
}
