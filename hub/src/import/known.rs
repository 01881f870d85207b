//! What the hub has already: images by the index, log lines by the records. Reads only.

use std::collections::HashMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::{Context, Result};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use picket_common::event::Kind;
use serde::Deserialize;
use serde_json::Value;

use super::image;
use super::scan::ImageFile;
use crate::index::{Index, Wanted};
use crate::line::{is_logged, one_line};

/// A log line: its time to the millisecond, and its text.
pub(super) type LineKey = (i64, u64);

/// The key of a text logged `at`. Of the text only a hash is kept: two that share one within the same millisecond have yet
/// to be seen.
pub(super) fn line_key(at: Timestamp, text: &str) -> LineKey {
    let mut hash = DefaultHasher::new();
    one_line(text).hash(&mut hash);
    (at.as_nanosecond().div_euclid(1_000_000) as i64, hash.finish())
}

/// Counts, for each key in `lines`, how many records say the same. `from`: the day of the first line.
pub(super) fn count_lines(data: &Path, from: Date, lines: &mut HashMap<LineKey, u32>) -> Result<()> {
    let records = data.join("records");
    let folder = match fs::read_dir(&records) {
        Ok(folder) => folder,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", records.display())),
    };
    // A message may be received before it happened, where clocks differ.
    let from = from.yesterday().unwrap_or(from);
    for entry in folder {
        let path = entry.with_context(|| format!("cannot read {}", records.display()))?.path();
        let day = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".jsonl")?.parse::<Date>().ok());
        if day.is_some_and(|day| from <= day) {
            count_in(&path, lines).with_context(|| format!("cannot read {}", path.display()))?;
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Record {
    kind: Kind,
    at: Timestamp,
    msg: String,
    event: Option<String>,
    #[serde(default)]
    data: Value,
}

fn count_in(path: &Path, lines: &mut HashMap<LineKey, u32>) -> Result<()> {
    let mut file = BufReader::with_capacity(128 << 10, File::open(path)?);
    let mut line = Vec::new();
    while file.read_until(b'\n', &mut line)? > 0 {
        // A record of another form is of something that has no line, such as one that was rejected.
        if let Ok(record) = serde_json::from_slice::<Record>(&line)
            && is_logged(record.kind, record.event.is_some(), &record.data)
            && let Some(count) = lines.get_mut(&line_key(record.at, &record.msg))
        {
            *count += 1;
        }
        line.clear();
    }
    Ok(())
}

/// One image in the index.
struct Stored {
    at: Timestamp,
    file: String,
    size: u64,
    checksum: String,
}

/// The images around one day.
#[derive(Default)]
pub(super) struct Images {
    all: Vec<Stored>,
    /// By what their names say.
    named: HashMap<(String, DateTime), Vec<usize>>,
    files: HashMap<String, usize>,
}

impl Images {
    /// What `index` has of `day`, with time for every zone around it.
    pub(super) fn of(index: &Index, day: Date, zone: &TimeZone) -> Result<Images> {
        let midnight = day.to_zoned(zone.clone())?.timestamp();
        let (since, until) = (midnight.checked_sub(27.hours()).ok(), midnight.checked_add(51.hours()).ok());
        let mut images = Images::default();
        index.images(&Wanted { since, until, ..Wanted::default() }, &mut |row| {
            let place = images.all.len();
            if let Some(name) = image::name(row.file.rsplit('/').next().unwrap_or_default()) {
                let mut times = vec![name.at, zone.to_datetime(row.at)];
                times.dedup();
                for at in times {
                    images.named.entry((name.source.to_owned(), at)).or_default().push(place);
                }
            }
            images.files.insert(row.file.clone(), place);
            images.all.push(Stored { at: row.at, file: row.file, size: row.size, checksum: row.checksum });
            Ok(())
        })?;
        Ok(images)
    }

    /// Whether the image stored as `file`, a path below the data directory, is in the index.
    pub(super) fn lists(&self, file: &str) -> bool {
        self.files.contains_key(file)
    }

    /// Whether the index has the very same image: of the same name and time, and the same bytes.
    pub(super) fn has(&self, data: &Path, root: &Path, file: &ImageFile, at: Timestamp) -> bool {
        let Some(name) = image::name(file.name()) else { return false };
        let Some(places) = self.named.get(&(name.source.to_owned(), name.at)) else { return false };
        let same = places.iter().filter_map(|place| self.all.get(*place)).filter(|stored| {
            let named = image::name(stored.file.rsplit('/').next().unwrap_or_default());
            stored.size == file.size && (stored.at == at || named.is_some_and(|named| named.at == name.at))
        });
        let mut checksum = None;
        same.into_iter().any(|stored| {
            let is_link =
                fs::metadata(data.join(&stored.file)).is_ok_and(|found| (found.dev(), found.ino()) == file.inode);
            is_link
                || *checksum.get_or_insert_with(|| self::checksum(&root.join(&file.path)))
                    == Some(stored.checksum.clone())
        })
    }
}

/// The BLAKE3 digest of a file, in hexadecimal.
pub(super) fn checksum(path: &Path) -> Option<String> {
    let mut hash = blake3::Hasher::new();
    hash.update_reader(File::open(path).ok()?).ok()?;
    Some(hash.finalize().to_hex().to_string())
}
