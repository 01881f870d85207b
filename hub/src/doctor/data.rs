//! The data directory: there, this user's, with room, not another hub's; and the index in it.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use picket_common::bytes::Bytes;
use picket_common::doctor::process::{self, Process};
use picket_common::doctor::{Finding, disk};
use picket_common::time::Timestamp;

use crate::config::RetentionConfig;
use crate::fsck;
use crate::index::{Index, IndexError};
use crate::known::Known;
use crate::retention::{Unreachable, goals};
use crate::store::{self, identity};

/// What keeps this user from looking into the data directory, where anything does.
pub(super) fn shut(data: &Path) -> Option<Finding> {
    let error = fs::read_dir(data).err().filter(|error| error.kind() == ErrorKind::PermissionDenied)?;
    let place = data.display();
    let owner = fs::metadata(data).map_or_else(|_| "another user".to_owned(), |found| name(found.uid()));
    let ours = name(rustix::process::geteuid().as_raw());
    let found = format!("{place} belongs to {owner}, and {ours} may not look into it: {error}");
    let advice = "run this as the hub's user: `sudo -u picket picket-hub doctor`";
    Some(if process::running("picket-hub", "run").is_empty() {
        Finding::wrong("data", found, advice)
    } else {
        Finding::not_checked("data", format!("{found}; {advice}"))
    })
}

/// `user` is the hub that has the data directory.
pub(super) fn look(data: &Path, user: Option<&Process>) -> Vec<Finding> {
    let known = Known::of_this_machine().check(data);
    if let Err(error) = known.and_then(|()| identity::check(data)) {
        return vec![Finding::wrong("data", error.to_string(), "mount the disk, and start the hub again")];
    }
    let found = match fs::metadata(data) {
        Ok(found) => found,
        Err(error) => return vec![missing(data, &error)],
    };
    if !found.is_dir() {
        let advice = "name another place in `hub: {data_directory: ...}`, or move the file away";
        return vec![Finding::wrong("data", format!("{} is no folder", data.display()), advice)];
    }
    vec![place(data, found.uid(), user), disk::room("disk", data), index(data)]
}

fn missing(data: &Path, error: &std::io::Error) -> Finding {
    let place = data.display();
    if error.kind() != ErrorKind::NotFound {
        let advice = "run this as the hub's user: `sudo -u picket picket-hub doctor`";
        return Finding::wrong("data", format!("{place} cannot be looked at: {error}"), advice);
    }
    // The first folder on the way that is there is where it would be made.
    let above = data.ancestors().skip(1).find(|folder| folder.is_dir());
    Finding::warning(
        "data",
        format!("there is no {place}: no hub has stored anything there"),
        format!(
            "the first `picket-hub run` makes it, in {}; if there should be something, is its disk mounted (`lsblk`), and is \
             the path right?",
            above.unwrap_or(Path::new("/")).display()
        ),
    )
}

/// Whether it can be written to, and whose it is. A hub that runs there has shown that itself.
fn place(data: &Path, owner: u32, user: Option<&Process>) -> Finding {
    let place = data.display();
    if let Some(process) = user {
        return Finding::ok("data", format!("{place} is in use by {process}"));
    }
    let probe = data.join(format!(".doctor-{}", std::process::id()));
    let written = fs::write(&probe, b"");
    // What could not be made need not be removed.
    let _ = fs::remove_file(&probe);
    let ours = rustix::process::geteuid().as_raw();
    match written {
        Ok(()) if ours == 0 && owner != 0 => Finding::ok("data", format!("{place}, of {}", name(owner))),
        Ok(()) => Finding::ok("data", format!("{place} can be written to")),
        // `disk` says more of a full one.
        Err(error) if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::ReadOnlyFilesystem) => {
            Finding::wrong("data", format!("{place} cannot be written to: {error}"), "see `disk` below")
        }
        Err(error) => Finding::wrong(
            "data",
            format!("{place} belongs to {}, and {} may not write there: {error}", name(owner), name(ours)),
            format!(
                "run the hub, and this, as {} (`sudo -u ...`), or give it to the hub's user: `sudo chown -R USER {place}`",
                name(owner)
            ),
        ),
    }
}

/// Whether the rules of retention can be kept, and are about nodes that there are.
pub(super) fn retention(data: &Path, rules: &RetentionConfig) -> Option<Finding> {
    let (totals, room) = (Index::read(data).ok()?.totals().ok()?, store::room(data).ok());
    let (_, unreachable) = goals(rules, &totals, room, Timestamp::MIN, false);
    if let Some(Unreachable { missing, images }) = unreachable {
        let (missing, images) = (Bytes(missing), Bytes(images));
        return Some(Finding::warning(
            "retention",
            format!(
                "something else fills the disk: {missing} are missing to what `retention: {{min_free: ...}}` keeps free, \
                 and all images have {images}; they stay while there is any room"
            ),
            format!("`sudo du -xh / | sort -h | tail` shows what takes the room; images are in {}", data.display()),
        ));
    }
    let is_known = |node: &&String| totals.iter().any(|total| total.node.to_lowercase() == node.to_lowercase());
    if let Some(node) = rules.quotas.keys().find(|node| !is_known(node)) {
        let nodes: BTreeSet<&str> = totals.iter().map(|total| total.node.as_str()).collect();
        return Some(Finding::warning(
            "retention",
            format!("there is a quota for {node}, of which there is no image"),
            format!("is the name right? There are images of {}", Vec::from_iter(nodes).join(", ")),
        ));
    }
    Some(Finding::ok("retention", rules.to_string()))
}

/// A user's name from /etc/passwd, as `picket (user 998)`.
fn name(id: u32) -> String {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let is_it = |line: &&str| line.split(':').nth(2).is_some_and(|field| field.parse() == Ok(id));
    match users.lines().find(is_it).and_then(|line| line.split(':').next()) {
        Some(name) => format!("{name} (user {id})"),
        None => format!("user {id}"),
    }
}

fn index(data: &Path) -> Finding {
    let rejected = match Index::read(data).and_then(|index| index.rejected()) {
        Ok(rejected) => rejected,
        Err(IndexError::Missing(_)) if fsck::has_records(data) => {
            let advice = "run `picket-hub fsck --repair`: it makes it anew from records/";
            return Finding::wrong("index", "picket.db is gone, and records/ tell what was in it", advice);
        }
        Err(IndexError::Missing(_)) => return Finding::not_checked("index", "nothing was stored yet"),
        Err(error) => {
            let advice = "stop the hub and run `picket-hub fsck --repair`: it is kept as picket.db.damaged-1, and made anew from \
                records/; images and logs stay as they are";
            return Finding::wrong("index", format!("it cannot be read: {error}"), advice);
        }
    };
    match rejected {
        0 => Finding::ok("index", "it can be read"),
        count => Finding::warning(
            "index",
            format!("{count} messages could not be stored"),
            format!("they are in {}, each with its reason", data.join("rejected").display()),
        ),
    }
}
