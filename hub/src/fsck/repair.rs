//! A repair, step by step. Each step leaves a data directory that a hub can start on, or that the next repair goes on with.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File};
use std::io::Write;

use anyhow::{Context, Result, bail};
use jiff::civil::Date;
use picket_common::event::Kind;
use picket_common::log::{self, Record};

use super::files::{self, Expected, Lost};
use super::numbers::Numbers;
use super::report::Report;
use super::{Job, State, check, has_records, mend, rebuild, records};
use crate::app::Depot;
use crate::entry::Entry;
use crate::import::{self, Progress, Running};
use crate::index::{Filed, Index, IndexError, Thumbs};
use crate::line::amendment::{Amendment, Deleted};
use crate::line::{self, Stored};
use crate::picture;
use crate::retention::Rule;
use crate::shelf::Shelf;
use crate::store::{self, Store};
use crate::text::{Lengths, Text};

/// So many rows go with one sync.
const BATCH: usize = 4096;

/// The index is made anew once because of itself, and once because of what was found then.
const MOST: usize = 3;

impl Job {
    /// Puts right what is wrong, looks again, and tells what was done and what is left.
    pub fn repair(&self, quick: bool) -> Result<Report> {
        if let Some(hub) = store::user_of(&self.data) {
            bail!(
                "{hub} is using {}; stop it (`sudo systemctl stop picket-hub`), and start it again then",
                self.data.display()
            );
        }
        import::check_owner(&self.data)?;
        let mut done = Vec::new();
        if let Err(IndexError::Older(..)) = Index::read(&self.data) {
            drop(Index::open(&self.data)?);
        }
        let mut bare = false;
        if let State::Bad(why) = self.state(false, &mut Report::default())? {
            bare = !has_records(&self.data);
            done.push(format!("picket.db is made anew: {why}"));
            self.revive(&mut done)?;
            self.rebuild(&mut done)?;
        }
        for round in 1.. {
            self.shelve()?;
            if !self.mend_records(&mut done)? {
                break;
            }
            if round == MOST {
                bail!("picket.db is not what the records say, even after it was made anew from them; please tell us");
            }
            self.rebuild(&mut done)?;
        }
        if bare {
            self.take_over(&mut done)?;
        }
        self.mend_files(quick, &mut done)?;
        Ok(Report { done, ..self.check(quick)? })
    }

    fn journal(&self) -> Result<(std::sync::Arc<dyn picket_common::log::disk::Disk>, picket_common::log::Options)> {
        self.journal.clone().context("a repair needs the journal")
    }

    fn rebuild(&self, done: &mut Vec<String>) -> Result<()> {
        // Held so that no hub begins meanwhile.
        let _lock = Store::open(&self.data)?;
        let journal = log::inspect(self.journal()?.0).context("journal")?;
        let rebuilt = rebuild::rebuild(&self.records, Some(journal), &self.progress)?;
        done.push(format!("picket.db was made anew from {} of records", lines_of(rebuilt.lines)));
        if let Some(aside) = rebuilt.aside {
            done.push(format!("what it was before lies in {}", aside.display()));
        }
        for (day, line) in rebuilt.twice {
            done.push(format!("records/{day}.jsonl:{line} was passed over: it tells of a number that was told of"));
        }
        told_of_moved(&rebuilt.damaged, done);
        for (number, file) in rebuilt.strange {
            done.push(format!("number {number} is said to be deleted, as {file}, which is not its file: it stays"));
        }
        for (first, last) in rebuilt.gaps {
            done.push(match first == last {
                true => format!("number {first} is in no record; its row, if there was one, is gone"),
                false => format!("numbers {first} to {last} are in no record; their rows, if there were any, are gone"),
            });
        }
        Ok(())
    }

    /// Lets the journal be shelved, as a start does: text files are cut back to what is committed, rotations finished.
    fn shelve(&self) -> Result<()> {
        let mut depot = Depot::open(&self.data, self.journal()?, self.clock.clone())?;
        while depot.shelver.step()? > 0 {}
        Ok(())
    }

    /// Records whose lines were lost and that the journal still has are recorded again.
    fn revive(&self, done: &mut Vec<String>) -> Result<()> {
        let mut lined = Numbers::default();
        let mut each = |recorded, _| {
            records::number(&recorded).into_iter().for_each(|number| _ = lined.add(number));
            Ok(())
        };
        self.records.read(&|_| None, &mut each, &mut |_| {})?;
        let mut journal = log::inspect(self.journal()?.0).context("journal")?;
        let mut store = Store::open(&self.data)?;
        let mut lines: BTreeMap<Date, Vec<String>> = BTreeMap::new();
        while let Some(record) = journal.next().context("journal")? {
            if lined.last() < record.number || lined.has(record.number) {
                continue;
            }
            let Ok((entry, _)) = Entry::decode(&record.payload) else { continue };
            let stored = if entry.kind == Kind::Image { restore(&mut store, &record, None)? } else { None };
            if entry.kind != Kind::Image || stored.is_some() {
                let line = line::record_line(record.number, &entry, stored.as_ref(), None);
                lines.entry(entry.local_received().date()).or_default().push(line);
            }
        }
        let _ = store.sync()?;
        for (day, lines) in &lines {
            self.append(*day, lines)?;
            done.push(format!(
                "{} that records/{day}.jsonl lacked came from the journal",
                lines_of(lines.len() as u64)
            ));
        }
        Ok(())
    }

    /// Brings rows and lines together; whether the index has to be made anew for it.
    fn mend_records(&self, done: &mut Vec<String>) -> Result<bool> {
        let _lock = Store::open(&self.data)?;
        let mut index = Index::open(&self.data)?;
        let found = check::check(self, &index, false, &mut Report::default())?;
        if index.is_miscounted()? {
            index.recount()?;
            done.push("the events and images of each day were counted anew".to_owned());
        }
        let mut lines: BTreeMap<Date, Vec<String>> = BTreeMap::new();
        for number in &found.unlined {
            let line = match index.entry_of(*number, &self.zone)? {
                Some((entry, stored)) => {
                    let day = entry.local_received().date();
                    Some((day, line::record_line(*number, &entry, stored.as_ref(), index.progress()?.log_day)))
                }
                None => {
                    let day = index.progress()?.log_day.unwrap_or(Date::constant(1970, 1, 1));
                    index.rejection(*number)?.map(|reason| (day, line::rejected_line(*number, None, None, &reason)))
                }
            };
            line.into_iter().for_each(|(day, line)| lines.entry(day).or_default().push(line));
        }
        let mut lengths = Lengths::new();
        for (day, lines) in &lines {
            lengths.insert((Text::Records, *day), self.append(*day, lines)?);
            done.push(format!("records/{day}.jsonl: written from rows: {}", lines_of(lines.len() as u64)));
        }
        index.adopt(&lengths)?;
        mend::take_out(&self.data, &found.damaged)?;
        told_of_moved(&found.damaged, done);
        let mut lengths = Lengths::new();
        for line in &found.damaged {
            let path = records::path(&self.data, line.day);
            let size = fs::metadata(&path).with_context(|| format!("cannot look at {}", path.display()))?.len();
            lengths.insert((Text::Records, line.day), size);
        }
        index.adopt(&lengths)?;
        Ok(found.rebuild)
    }

    /// Appends lines to a day's records, durably, and gives the file's length.
    fn append(&self, day: Date, lines: &[String]) -> Result<u64> {
        let path = records::path(&self.data, day);
        let write = || {
            let mut file = File::options().append(true).create(true).open(&path)?;
            let mut text = lines.join("\n");
            text.push('\n');
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            File::open(path.parent().unwrap_or(&self.data))?.sync_all()?;
            Ok::<_, std::io::Error>(file.metadata()?.len())
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }

    /// Images and logs alone are there: they are taken over where they lie, as an imagehub's are.
    fn take_over(&self, done: &mut Vec<String>) -> Result<()> {
        if !self.data.join("images").is_dir() && !self.data.join("logs").is_dir() {
            return Ok(());
        }
        // The numbers begin anew, and those there are would be of other images.
        Thumbs::discard(&self.data)?;
        let (zone, now) = (self.zone.clone(), self.clock.now());
        let job = import::Job::new(&self.data, &self.data, false, zone.clone(), now, Progress::hidden())?;
        let mut running = Running::open(job, self.journal()?, self.clock.clone())?;
        while running.journal(BATCH)? > 0 {
            running.shelve()?;
        }
        let mut told = Vec::new();
        running.finish()?.print(false, false, &zone, &mut told)?;
        done.push(
            "there are no records, so nobody knows any more what was pinned or reviewed: pin again what is to stay before the hub is started, \
             or its rules of retention may delete it (`picket-hub retention --dry-run`)"
                .to_owned(),
        );
        done.push(
            "nor what was deleted: a file that still lay there, because its deletion was cut short or somebody had put it \
             back, is an image again, and so is any stranger that is named as an image is; deletions and their rules are \
             told nowhere any more"
                .to_owned(),
        );
        done.push("what images and logs tell was taken, as well as can be:".to_owned());
        done.extend(String::from_utf8_lossy(&told).lines().map(|line| format!("  {line}")));
        Ok(())
    }

    /// Images whose files are not what they were: back from the journal where it has them, else out of the index.
    fn mend_files(&self, quick: bool, done: &mut Vec<String>) -> Result<()> {
        let index = Index::read(&self.data)?;
        let expected = Expected { files: index.to_be_deleted()?, live_since: None };
        let lost = files::check(self, &index, quick, &expected, &mut Report::default())?;
        if lost.is_empty() {
            return Ok(());
        }
        let others = of_others(&index, &lost)?;
        drop(index);
        let lost = self.restore(lost, &others, done)?;
        let mut shelf = Shelf::open(Store::open(&self.data)?, Index::open(&self.data)?)?;
        let now = self.clock.now();
        let day = self.zone.to_datetime(now).date();
        for lost in lost.chunks(BATCH) {
            let deleted = |Lost { row, .. }: &Lost| {
                let row = row.clone();
                Amendment::Deleted(Deleted {
                    number: row.number,
                    at: now,
                    rule: Rule::Lost,
                    node: row.node,
                    view: row.view,
                    file: row.file,
                    size: row.stored.size,
                    user: None,
                })
            };
            let amendments: Vec<Amendment> = lost.iter().map(deleted).collect();
            shelf.amend(&amendments, day)?;
        }
        done.extend(
            lost.iter().map(|Lost { row, .. }| format!("{}: its row, number {}, is gone", row.file, row.number)),
        );
        Ok(())
    }

    /// Moves damaged files aside and takes from the journal what it still has; gives the others.
    fn restore(&self, lost: Vec<Lost>, others: &HashSet<String>, done: &mut Vec<String>) -> Result<Vec<Lost>> {
        for Lost { row, .. } in lost.iter().filter(|lost| lost.lies_there && !others.contains(&lost.row.file)) {
            let aside = mend::put_aside(&self.data, &row.file)?;
            done.push(format!("{} was moved to {}", row.file, aside.display()));
        }
        let mut journal = log::inspect(self.journal()?.0).context("journal")?;
        let mut wanted: HashMap<u64, Lost> = lost.into_iter().map(|lost| (lost.row.number, lost)).collect();
        let mut store = Store::open(&self.data)?;
        while let Some(record) = journal.next().context("journal")? {
            let Some(lost) = wanted.get(&record.number) else { continue };
            if restore(&mut store, &record, Some(&lost.row))?.is_some() {
                done.push(format!("{} came from the journal again", lost.row.file));
                wanted.remove(&record.number);
            }
        }
        let _ = store.sync()?;
        let mut lost: Vec<Lost> = wanted.into_values().collect();
        lost.sort_by_key(|lost| lost.row.number);
        Ok(lost)
    }
}

/// The files of lost rows that are another row's, and what that says: a line of an elder version may name a wrong one.
fn of_others(index: &Index, lost: &[Lost]) -> Result<HashSet<String>> {
    let files: HashSet<&str> = lost.iter().map(|lost| lost.row.file.as_str()).collect();
    let numbers: HashSet<u64> = lost.iter().map(|lost| lost.row.number).collect();
    let mut others = HashSet::new();
    index.filed(|row| {
        if files.contains(row.file.as_str()) && !numbers.contains(&row.number) {
            others.insert(row.file);
        }
        Ok::<_, IndexError>(())
    })?;
    Ok(others)
}

/// Stores the image of a journal record once more, if it is what the row `expected` says and the record has it.
fn restore(store: &mut Store, record: &Record, expected: Option<&Filed>) -> Result<Option<Stored>> {
    let Ok((Entry { file: Some(file), raw, import: None, .. }, body)) = Entry::decode(&record.payload) else {
        return Ok(None);
    };
    let encoded = raw.map(|raw| picture::encode(raw, body));
    let bytes = match &encoded {
        None => body,
        Some(Ok(jpeg)) => jpeg,
        Some(Err(_)) => return Ok(None),
    };
    let stored = Stored { size: bytes.len() as u64, checksum: blake3::hash(bytes).to_hex().to_string() };
    if expected.is_some_and(|expected| expected.stored != stored || expected.file != file) {
        return Ok(None);
    }
    match store.put(record.number, &file, bytes) {
        Ok(()) => Ok(Some(stored)),
        Err(store::StoreError::Refused(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn lines_of(count: u64) -> String {
    if count == 1 { "1 line".to_owned() } else { format!("{count} lines") }
}

fn told_of_moved(lines: &[records::Damaged], done: &mut Vec<String>) {
    for line in lines {
        done.push(format!("records/{}.jsonl:{} was moved to damaged/records/{}.txt", line.day, line.line, line.day));
    }
}
