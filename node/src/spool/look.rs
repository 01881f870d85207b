//! `picket-node spool`: what a spool holds, whether it is sound, and its messages as files, for whoever has a dead hub
//! and a card. It only reads, beside a node at work too, and on a card that is mounted read-only.

mod found;
mod status;

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use picket_common::event::Kind;
use picket_common::exit::BadConfig;
use picket_common::log::disk::{Disk, Folder};
use picket_common::log::{self, Inspection};
use picket_common::name;
use picket_common::time::Timestamp;
use picket_common::wire::StreamId;
use serde_json::json;

pub use self::found::{Found, Waiting, at_work};
use super::checkpoint::{self, Checkpoint, Unusable};
use super::item::{Class, Item};
use crate::config::{NodeConfig, SpoolSection};

/// While a node is at work, what one look finds damaged may be what it changes just then; a second look tells.
const LOOKS: usize = 2;

/// What `picket-node spool` is asked.
#[derive(Debug, Subcommand)]
pub enum Question {
    /// Tells how much waits there for the hub, since when, and whether a node is at work on it.
    Status(Which),
    /// Reads everything and says what is damaged; exit status 1 if anything is.
    Check(Which),
    /// Prints the header of each message that waits, one JSON object a line.
    Dump {
        #[command(flatten)]
        which: Which,
        /// Writes the pictures into this folder, and their names beside the headers as `file`.
        #[arg(long, value_name = "DIR")]
        images: Option<PathBuf>,
    },
}

/// Which spool is meant.
#[derive(Debug, Args)]
pub struct Which {
    /// The node's configuration, found as for `run`; not with --directory.
    #[arg(conflicts_with = "directory")]
    config: Option<PathBuf>,
    /// The spool's folder, such as one on a card out of another machine.
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
}

/// Answers.
///
/// # Errors
/// There is no spool, it cannot be read, or what was asked for is not so.
pub fn answer(question: &Question, out: &mut dyn Write) -> Result<()> {
    match question {
        Question::Status(which) => {
            let (folder, config) = which.spool()?;
            status::tell(&Found::at(&folder)?, config.as_ref(), out)
        }
        Question::Check(which) => Look::at(&which.spool()?.0)?.check(out),
        Question::Dump { which, images } => Look::at(&which.spool()?.0)?.dump(images.as_deref(), out),
    }
}

impl Which {
    /// The spool in this folder.
    pub fn at(directory: PathBuf) -> Which {
        Which { config: None, directory: Some(directory) }
    }

    /// The folder, and what its node is told about it, where that is known.
    fn spool(&self) -> Result<(PathBuf, Option<SpoolSection>)> {
        if let Some(directory) = &self.directory {
            return Ok((directory.clone(), None));
        }
        let (path, config) = NodeConfig::load(self.config.as_deref()).map_err(BadConfig)?;
        let none = || format!("{}: this node has no spool on the disk; name one with --directory", path.display());
        Ok((place(&config).with_context(none)?, Some(config.spool)))
    }
}

/// Where a node's spool is; none where it has none on the disk. What a service's configuration leaves out, the service's own
/// folder stands for, whoever asks.
pub fn place(config: &NodeConfig) -> Option<PathBuf> {
    let directory = config.spool.directory.clone()?;
    let name = config.node.name.as_deref().unwrap_or_default();
    let service = Path::new(SpoolSection::SERVICE);
    let is_chosen = SpoolSection::default_directory(name) != Some(directory.clone());
    Some(if is_chosen || directory.exists() || matches!(service.try_exists(), Ok(false)) {
        directory
    } else {
        service.to_owned()
    })
}

/// A spool that is looked at.
struct Look {
    checkpoint: Checkpoint,
    damage: Vec<String>,
    logs: [Option<Inspection>; 3],
}

impl Look {
    fn at(folder: &Path) -> Result<Look> {
        let mut look = Look::once(folder)?;
        for _ in 1..LOOKS {
            if look.damage.is_empty() || at_work(folder).is_none() {
                break;
            }
            let before = std::mem::replace(&mut look, Look::once(folder)?).damage;
            look.damage.retain(|damage| before.contains(damage));
        }
        Ok(look)
    }

    fn once(folder: &Path) -> Result<Look> {
        must_be_spool(folder)?;
        let mut damage = Vec::new();
        let checkpoint = match Checkpoint::read(&Folder::new(folder)?) {
            Ok(checkpoint) => checkpoint.unwrap_or_default(),
            Err(Unusable::Damaged(why)) => {
                damage.push(format!(
                    "{}: {why}; all that is here counts as waiting",
                    folder.join(checkpoint::NAME).display()
                ));
                Checkpoint::default()
            }
            Err(Unusable::Newer(version)) => bail!("{} was written by a newer Picket ({version})", folder.display()),
            Err(Unusable::Unread(error)) => return Err(error).with_context(|| folder.display().to_string()),
        };
        let mut logs = [None, None, None];
        for (log, class) in logs.iter_mut().zip(Class::ALL) {
            let path = folder.join(class.folder());
            if path.is_dir() {
                let disk: Arc<dyn Disk> = Arc::new(Folder::new(path)?);
                let mut inspection = log::inspect(disk)?;
                damage.append(&mut inspection.recovery.damage);
                *log = Some(inspection);
            }
        }
        Ok(Look { checkpoint, damage, logs })
    }

    fn check(mut self, out: &mut dyn Write) -> Result<()> {
        let mut sound = 0u64;
        for class in Class::ALL {
            self.each(class, |_, _, item, _| {
                sound += u64::from(item.is_some());
                Ok(())
            })?;
        }
        self.damage.iter().try_for_each(|damage| writeln!(out, "{damage}"))?;
        writeln!(out, "messages that wait and are sound: {sound}")?;
        out.flush()?;
        match self.damage.len() {
            0 => Ok(()),
            damaged => bail!("places that are damaged: {damaged}; a node that opens this spool passes over them"),
        }
    }

    fn dump(mut self, images: Option<&Path>, out: &mut dyn Write) -> Result<()> {
        if let Some(folder) = images {
            std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        for class in Class::ALL {
            self.each(class, |stream, seq, item, _| {
                let Some(item) = item else { return Ok(()) };
                let mut line: serde_json::Value = serde_json::from_slice(&item.header(None).encode())?;
                line["class"] = class.folder().into();
                line["stream"] = json!(stream);
                line["seq"] = seq.into();
                if let Some(folder) = images.filter(|_| item.keys.kind == Kind::Image) {
                    let path = folder.join(file_name(item));
                    std::fs::write(&path, &item.body).with_context(|| path.display().to_string())?;
                    line["file"] = path.to_string_lossy().into();
                }
                Ok(writeln!(out, "{line}")?)
            })?;
        }
        out.flush()?;
        self.damage.iter().for_each(|damage| eprintln!("damaged: {damage}"));
        Ok(())
    }

    /// Goes through the messages of a class that are not acknowledged, in the order of their writing: stream, number, the
    /// message if the record holds one, bytes.
    fn each(
        &mut self,
        class: Class,
        mut see: impl FnMut(StreamId, u64, Option<&Item>, u64) -> Result<()>,
    ) -> Result<()> {
        let Some(log) = &mut self.logs[class as usize] else { return Ok(()) };
        while let Some(record) = log.next()? {
            let waits = self.checkpoint.waits(StreamId(record.key.stream), record.key.seq);
            let Some((stream, seq)) = waits else { continue };
            let item = Item::from_payload(stream, seq, &record.payload);
            if item.is_none() {
                self.damage.push(format!("{}: record {} holds no message", class.folder(), record.number));
            }
            see(stream, seq, item.as_ref(), record.payload.len() as u64)?;
        }
        Ok(())
    }
}

/// A folder that is none, or that this user cannot look into, is told so.
fn must_be_spool(folder: &Path) -> Result<()> {
    let place = folder.display();
    for class in Class::ALL {
        match fs::metadata(folder.join(class.folder())) {
            Ok(found) if found.is_dir() => return Ok(()),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => bail!(
                "{place}: {error}; ask as the user whose spool it is, as a service: `sudo -u picket picket-node spool ...`"
            ),
            _ => {}
        }
    }
    if folder.exists() {
        bail!("{place} is no spool: it has no folder `{}`", Class::Event.folder());
    }
    bail!(
        "{place} is no spool: there is no such folder. A node makes it when it first runs; that of a service is {}, which \
         the user picket may read: `sudo -u picket picket-node spool ...`",
        SpoolSection::SERVICE
    )
}

/// As the hub names its files, in UTC; the number tells two of one moment apart.
fn file_name(item: &Item) -> String {
    let at = item.keys.at.unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(TimeZone::UTC);
    let mut name = name::clean(&item.keys.node);
    if let Some(view) = &item.keys.view {
        name = format!("{name}-{}", name::clean(view));
    }
    format!("{name}-{}-{}-{}.jpg", at.strftime("%Y-%m-%dT%H.%M.%S.%6f"), &item.stream.to_string()[..8], item.seq)
}
