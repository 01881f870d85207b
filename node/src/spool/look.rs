//! `picket-node spool`: what a spool holds, whether it is sound, and its messages as files, for whoever has a dead hub
//! and a card. It only reads, beside a node at work too, and on a card that is mounted read-only.

use std::fmt;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use picket_common::bytes::Bytes;
use picket_common::event::Kind;
use picket_common::exit::BadConfig;
use picket_common::log::disk::{Disk, Folder};
use picket_common::log::{self, Inspection};
use picket_common::name;
use picket_common::room::Room;
use picket_common::time::Timestamp;
use picket_common::wire::StreamId;
use serde_json::json;

use super::checkpoint::{self, Checkpoint, Unusable};
use super::item::{Class, Item};
use super::logs::LOCK;
use crate::config::NodeConfig;

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
        Question::Status(which) => Look::at(&which.folder()?)?.status(out),
        Question::Check(which) => Look::at(&which.folder()?)?.check(out),
        Question::Dump { which, images } => Look::at(&which.folder()?)?.dump(images.as_deref(), out),
    }
}

impl Which {
    /// The spool in this folder.
    pub fn at(directory: PathBuf) -> Which {
        Which { config: None, directory: Some(directory) }
    }

    fn folder(&self) -> Result<PathBuf> {
        if let Some(directory) = &self.directory {
            return Ok(directory.clone());
        }
        let (path, config) = NodeConfig::load(self.config.as_deref()).map_err(BadConfig)?;
        let none = || format!("{}: this node has no spool on the disk; name one with --directory", path.display());
        config.spool.directory.with_context(none)
    }
}

/// A spool that is looked at.
struct Look {
    folder: PathBuf,
    checkpoint: Checkpoint,
    damage: Vec<String>,
    logs: [Option<Inspection>; 3],
}

/// What waits of a class.
#[derive(Default)]
struct Waiting {
    messages: u64,
    bytes: u64,
    streams: Vec<StreamId>,
    oldest: Option<Timestamp>,
}

impl Look {
    fn at(folder: &Path) -> Result<Look> {
        let is_spool = Class::ALL.iter().any(|class| folder.join(class.folder()).is_dir());
        if !is_spool {
            bail!("{} is no spool: it has no folder `{}`", folder.display(), Class::Event.folder());
        }
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
        Ok(Look { folder: folder.to_owned(), checkpoint, damage, logs })
    }

    fn status(mut self, out: &mut dyn Write) -> Result<()> {
        let at_work = at_work(&self.folder).map_or("no node is at work on it".to_owned(), |process| {
            format!("a node is at work on it (process {process}), so this is what one moment showed")
        });
        writeln!(out, "{}: {at_work}", self.folder.display())?;
        let hardware = self.checkpoint.hardware.as_deref().unwrap_or("unknown").to_owned();
        let free = Room::of(&self.folder).map_or(0, |room| room.free);
        writeln!(out, "written on {hardware}; {} free", Bytes(free))?;
        for class in Class::ALL {
            let mut waiting = Waiting::default();
            self.each(class, |_, _, item, bytes| {
                waiting.add(item, bytes);
                Ok(())
            })?;
            let files =
                self.logs[class as usize].as_ref().map_or(0, |log| log.segments.iter().map(|one| one.bytes).sum());
            writeln!(out, "{:<11} {waiting}; files of {}", class.folder(), Bytes(files))?;
        }
        match self.damage.len() {
            0 => Ok(()),
            damaged => Ok(writeln!(out, "places that are damaged: {damaged}; `picket-node spool check` names them")?),
        }
    }

    fn check(mut self, out: &mut dyn Write) -> Result<()> {
        let (mut sound, mut strange) = (0u64, Vec::new());
        for class in Class::ALL {
            self.each(class, |stream, seq, item, _| {
                match item {
                    Some(_) => sound += 1,
                    None => strange.push(format!("{}: {stream} {seq} holds no message", class.folder())),
                }
                Ok(())
            })?;
        }
        self.damage.append(&mut strange);
        self.damage.iter().try_for_each(|damage| writeln!(out, "{damage}"))?;
        writeln!(out, "messages that wait and are sound: {sound}")?;
        out.flush()?;
        match (self.damage.len(), at_work(&self.folder)) {
            (0, _) => Ok(()),
            (damaged, None) => {
                bail!("places that are damaged: {damaged}; a node that opens this spool passes over them")
            }
            (damaged, Some(_)) => bail!("places that seem damaged: {damaged}; a node is at work here, so look again"),
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
        self.damage.iter().for_each(|damage| eprintln!("{damage}"));
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
            see(stream, seq, item.as_ref(), record.payload.len() as u64)?;
        }
        Ok(())
    }
}

impl Waiting {
    fn add(&mut self, item: Option<&Item>, bytes: u64) {
        let Some(item) = item else { return };
        self.messages += 1;
        self.bytes += bytes;
        if !self.streams.contains(&item.stream) {
            self.streams.push(item.stream);
        }
        self.oldest = self.oldest.into_iter().chain(item.keys.at).min();
    }
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wait = if self.messages == 1 { "message waits" } else { "messages wait" };
        write!(f, "{} {wait} ({})", self.messages, Bytes(self.bytes))?;
        match self.streams.len() {
            0 => {}
            1 => f.write_str(" in 1 stream")?,
            streams => write!(f, " in {streams} streams")?,
        }
        self.oldest.map_or(Ok(()), |oldest| write!(f, ", the oldest of {}", oldest.strftime("%Y-%m-%d %H:%M:%S UTC")))
    }
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

/// The process that holds the spool's lock: proc_locks(5). Asking for the lock would keep a node out that starts now.
fn at_work(folder: &Path) -> Option<String> {
    let inode = File::open(folder.join(LOCK)).ok()?.metadata().ok()?.ino().to_string();
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let is_ours = fields.get(1) == Some(&"FLOCK") && fields.get(5)?.rsplit(':').next() == Some(inode.as_str());
        is_ours.then(|| fields.get(4).map(|process| (*process).to_owned())).flatten()
    })
}
