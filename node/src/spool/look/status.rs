//! `picket-node spool status`, in words.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use picket_common::bytes::Bytes;
use picket_common::room::Room;

use super::super::item::Class;
use super::super::settings::bytes_free;
use super::Found;
use crate::config::SpoolSection;

/// Tells what waits, what it takes, and what it may take, where the node's configuration is known.
pub(super) fn tell(found: &Found, config: Option<&SpoolSection>, out: &mut dyn Write) -> Result<()> {
    let at_work = found.at_work.as_ref().map_or("no node is at work on it".to_owned(), |process| {
        format!("a node is at work on it (process {process}), so this is what one moment showed")
    });
    writeln!(out, "{}: {at_work}", found.folder.display())?;
    writeln!(out, "written on {}", found.hardware.as_deref().unwrap_or("a machine that is not known"))?;
    writeln!(out, "{}", taken(found.held, config))?;
    writeln!(out, "{}", free(&found.folder, config))?;
    writeln!(out, "{:<11} {}", "in all", found.all())?;
    for (class, waiting) in Class::ALL.into_iter().zip(&found.waiting) {
        writeln!(out, "{:<11} {waiting}", class.folder())?;
    }
    match found.damaged {
        0 => Ok(()),
        damaged => Ok(writeln!(out, "places that are damaged: {damaged}; `picket-node spool check` names them")?),
    }
}

fn taken(held: u64, config: Option<&SpoolSection>) -> String {
    let Some(max) = config.map(|config| config.max_size().0) else {
        return format!("its files take {}", Bytes(held));
    };
    let percent = held as f64 * 100.0 / max.max(1) as f64;
    format!("its files take {} of {} (max_size), {percent:.0} %", Bytes(held), Bytes(max))
}

fn free(folder: &Path, config: Option<&SpoolSection>) -> String {
    let free = match Room::of(folder) {
        Ok(room) => room.free,
        Err(error) => return format!("its disk does not tell how much is free: {error}"),
    };
    let Some(config) = config else { return format!("its disk has {} free", Bytes(free)) };
    let kept = bytes_free(folder, config.min_free());
    let so = if free <= kept { "; that is no more, so nothing new is written there" } else { "" };
    format!("its disk has {} free, of which {} are left to others (min_free){so}", Bytes(free), Bytes(kept))
}
