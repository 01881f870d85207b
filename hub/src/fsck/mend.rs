//! What a repair does to files: lines of the records that say nothing and images that are not what they were are moved to
//! `damaged/`, as `damaged/records/DAY.txt` and `damaged/images/...`. No byte is thrown away.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use jiff::civil::Date;

use super::records::{self, Damaged};

const FOLDER: &str = "damaged";

/// Takes lines that say nothing out of the records.
pub(super) fn take_out(data: &Path, damaged: &[Damaged]) -> Result<()> {
    let mut days: BTreeMap<Date, Vec<&Damaged>> = BTreeMap::new();
    damaged.iter().for_each(|line| days.entry(line.day).or_default().push(line));
    for (day, lines) in days {
        let path = records::path(data, day);
        take_out_of(data, &path, day, &lines).with_context(|| format!("cannot mend {}", path.display()))?;
    }
    Ok(())
}

fn take_out_of(data: &Path, path: &Path, day: Date, lines: &[&Damaged]) -> io::Result<()> {
    let aside = data.join(FOLDER).join("records");
    fs::create_dir_all(&aside)?;
    let mut aside = File::options().append(true).create(true).open(aside.join(format!("{day}.txt")))?;
    // Hidden, so that it is nobody's records while it is not whole.
    let new = path.with_file_name(format!(".{day}.new"));
    let (mut from, mut to) = (File::open(path)?, File::create(&new)?);
    let mut offset = 0;
    for Damaged { bytes: (begin, end), .. } in lines {
        copy(&mut from, begin.saturating_sub(offset), &mut to)?;
        copy(&mut from, end - begin, &mut aside)?;
        aside.write_all(b"\n")?;
        offset = *end;
    }
    from.seek(SeekFrom::Start(offset))?;
    io::copy(&mut from, &mut to)?;
    to.sync_all()?;
    aside.sync_all()?;
    fs::rename(&new, path)?;
    sync_folder(path)
}

fn copy(from: &mut File, bytes: u64, to: &mut File) -> io::Result<()> {
    io::copy(&mut from.take(bytes), to).map(|_| ())
}

/// Moves `file`, a path below `data`, to `damaged/`, under a name of its own there, and gives it.
pub(super) fn put_aside(data: &Path, file: &str) -> Result<PathBuf> {
    let target = data.join(FOLDER).join(file);
    let place = target.display();
    let fail = || format!("cannot move {file} to {place}");
    fs::create_dir_all(target.parent().unwrap_or(data)).with_context(fail)?;
    let numbered = |n: u32| PathBuf::from(format!("{place}.{n}"));
    let free =
        std::iter::once(target.clone()).chain((1..).map(numbered)).find(|path| fs::symlink_metadata(path).is_err());
    let target = free.unwrap_or(target.clone());
    let from = data.join(file);
    match fs::rename(&from, &target) {
        // The images may lie on another disk.
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            fs::copy(&from, &target).and_then(|_| File::open(&target)?.sync_all()).with_context(fail)?;
            fs::remove_file(&from).with_context(fail)?;
        }
        moved => moved.with_context(fail)?,
    }
    sync_folder(&target).and_then(|()| sync_folder(&from)).with_context(fail)?;
    Ok(target)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}
