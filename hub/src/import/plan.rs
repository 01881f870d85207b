//! What an import is going to do: everything that is not there yet, in the order of time, with all that could turn out
//! differently later decided. Changes nothing.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use picket_common::event::Kind;
use serde_json::json;

use super::guess::{Names, Source};
use super::history::{self, Present};
use super::known::{self, Images};
use super::line::Logged;
use super::report::{Guess, Report};
use super::scan::{ImageFile, Scan};
use super::{Job, image, local, logs};
use crate::entry::{Entry, Import, Origin};
use crate::index::Index;
use crate::ingest::old_event;

/// The name under which imagehub's own lines are found.
const IMAGEHUB: &str = "imagehub";

/// One thing to take.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) at: Timestamp,
    pub(super) what: What,
}

/// What it is.
#[derive(Debug)]
pub(super) enum What {
    Line { text: String, lines: u64, present: Present },
    Image { path: String, file: String, size: u64, pixels: (u32, u32), source: usize },
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) items: Vec<Item>,
    sources: Vec<Source>,
}

/// Decides about everything that `scan` has found. `index` is none where no hub has stored anything yet.
pub(super) fn plan(job: &Job, scan: Scan, index: Option<&Index>, report: &mut Report) -> Result<Plan> {
    let mut names = Names::default();
    for node in index.map(Index::sources).transpose()?.unwrap_or_default() {
        names.know(&node.0, node.1.as_deref());
    }
    let lines = lines(job, &scan.logs, index, &mut names, report)?;
    let (mut plan, mut items) = (Plan::default(), Vec::new());
    images(job, scan.images, index, &mut names, &mut plan, report)?;
    items.extend(lines);
    items.append(&mut plan.items);
    // Of the same moment, first what was said: a frame is sent behind its event.
    items.sort_by_key(|item| item.at);
    for item in &items {
        report.taken(item.at);
        match &item.what {
            What::Line { lines, .. } => report.taken.lines += lines,
            What::Image { .. } => report.taken.images += 1,
        }
    }
    Ok(Plan { items, ..plan })
}

impl Plan {
    /// The journal's entry for `item`.
    pub(super) fn entry(&self, job: &Job, item: &Item) -> Entry {
        match &item.what {
            What::Line { text, present, .. } => {
                let Present { past, until } = *present;
                let import = Import { origin: None, logged: job.shared.1, past, until };
                Entry { import: Some(import), ..line_entry(text, item.at, &job.zone) }
            }
            What::Image { path, file, size, pixels: (width, height), source } => {
                let (node, view) = self.sources.get(*source).cloned().unwrap_or_default();
                let subject = view.as_ref().map_or_else(|| node.clone(), |view| format!("{node} {view}"));
                let path = job.root.join(path).to_string_lossy().into_owned();
                let origin = Origin { path, size: *size, copy: job.copy };
                Entry {
                    data: json!({"width": width, "height": height}),
                    file: Some(file.clone()),
                    import: Some(Import { origin: Some(origin), ..Import::default() }),
                    ..Entry::new(Kind::Image, (node, view), format!("{subject}|jpg"), item.at, &job.zone)
                }
            }
        }
    }
}

/// What a line's text is journaled as: an old sender's message, or imagehub's own word.
pub(super) fn line_entry(text: &str, at: Timestamp, zone: &TimeZone) -> Entry {
    let own = || Entry::new(Kind::Other, (IMAGEHUB.to_owned(), None), text.to_owned(), at, zone);
    let is_own = !text.contains('|') || text.starts_with("Traceback ");
    let said = if is_own { None } else { old_event(text, at, zone) };
    said.unwrap_or_else(own)
}

/// The log lines that are not there yet, in their order.
fn lines(
    job: &Job,
    logs: &[String],
    index: Option<&Index>,
    names: &mut Names,
    report: &mut Report,
) -> Result<Vec<Item>> {
    let mut all = Vec::new();
    for (file, path) in logs.iter().enumerate() {
        job.progress.begin("reading logs", None);
        logs::read(job, path, report, |at, logged| all.push((at, file, logged)));
    }
    let mut counts = all.iter().map(|(at, _, logged)| (known::line_key(*at, &logged.text), 0)).collect();
    if let Some(first) = all.iter().map(|(at, ..)| *at).min() {
        known::count_lines(&job.data, job.zone.to_datetime(first).date(), &mut counts)?;
    }
    let is_new = new_ones(&all, counts);
    let mut lines: Vec<(Timestamp, Logged, bool)> =
        all.into_iter().zip(is_new).map(|((at, _, logged), is_new)| (at, logged, is_new)).collect();
    lines.sort_by_key(|(at, ..)| *at);
    let entries = lines.iter().map(|(at, logged, _)| line_entry(&logged.text, *at, &job.zone));
    let presents = history::presents(entries, index, names)?;
    let mut items = Vec::new();
    for ((at, logged, is_new), present) in lines.into_iter().zip(presents) {
        if is_new {
            items.push(Item { at, what: What::Line { text: logged.text, lines: logged.lines, present } });
        } else {
            report.known.lines += logged.lines;
        }
    }
    Ok(items)
}

/// Which lines are new: those beyond as many as `counts` says that there are. The same line in another file is a copy
/// of that file, and not a second line.
fn new_ones(all: &[(Timestamp, usize, Logged)], mut counts: HashMap<known::LineKey, u32>) -> Vec<bool> {
    let mut here: HashMap<known::LineKey, u32> = HashMap::new();
    let mut in_file = None;
    let judge = |(at, file, logged): &(Timestamp, usize, Logged)| {
        if in_file.replace(*file) != Some(*file) {
            here.clear();
        }
        let key = known::line_key(*at, &logged.text);
        let (here, there) = (here.entry(key).or_default(), counts.entry(key).or_default());
        *here += 1;
        let is_new = *there < *here;
        *there = (*there).max(*here);
        is_new
    };
    all.iter().map(judge).collect()
}

/// Adds the images that are not there yet to `plan`.
fn images(
    job: &Job,
    files: Vec<ImageFile>,
    index: Option<&Index>,
    names: &mut Names,
    plan: &mut Plan,
    report: &mut Report,
) -> Result<()> {
    job.progress.begin("looking at images", Some(files.len() as u64));
    let day_of = |file: &ImageFile| image::name(file.name()).map(|name| name.day.to_owned()).unwrap_or_default();
    let mut files: Vec<(String, bool, ImageFile)> = files
        .into_iter()
        .map(|file| (day_of(&file), !file.path.starts_with(&format!("images/{}/", day_of(&file))), file))
        .collect();
    // Those in their right folder come first, so that what lies twice is taken from there.
    files.sort_by(|(day, elsewhere, file), (other_day, other_elsewhere, other)| {
        (day, elsewhere, &file.path).cmp(&(other_day, other_elsewhere, &other.path))
    });
    let mut sources = HashMap::new();
    for day in files.chunk_by(|(day, ..), (other, ..)| day == other) {
        let Some(date) = day.first().and_then(|(day, ..)| day.parse::<Date>().ok()) else { continue };
        let there = index.map(|index| Images::of(index, date, &job.zone)).transpose()?.unwrap_or_default();
        let mut today = Today { job, there, given: HashMap::new() };
        for (.., file) in day {
            job.progress.done(1);
            let place = || file.path.clone();
            let (at, to, pixels) = match today.judge(file, report) {
                Judged::New { at, file, pixels } => (at, file, pixels),
                Judged::Known => {
                    report.known.images += 1;
                    continue;
                }
                Judged::Left(reason) => {
                    report.left(&reason, place);
                    continue;
                }
            };
            let Some(name) = image::name(file.name()) else { continue };
            let (source, guessed) = names.read(name.source);
            if guessed {
                let (node, view) = source.clone();
                let guess = Guess { node, view, images: 0 };
                report.guesses.entry(name.source.to_owned()).or_insert(guess).images += 1;
            }
            let next = plan.sources.len();
            let source = *sources.entry(source).or_insert_with_key(|source| {
                plan.sources.push(source.clone());
                next
            });
            let what = What::Image { path: file.path.clone(), file: to, size: file.size, pixels, source };
            plan.items.push(Item { at, what });
        }
    }
    Ok(())
}

enum Judged {
    New { at: Timestamp, file: String, pixels: (u32, u32) },
    Known,
    Left(String),
}

/// The images of one day.
struct Today<'a> {
    job: &'a Job,
    there: Images,
    /// Names given, each with the files that wanted it.
    given: HashMap<String, Vec<String>>,
}

impl Today<'_> {
    fn judge(&mut self, file: &ImageFile, report: &mut Report) -> Judged {
        let job = self.job;
        let Some(name) = image::name(file.name()) else { return Judged::Left("not an image's name".to_owned()) };
        let Some(at) = local::in_name(&job.zone, name.at, file.modified) else {
            return Judged::Left("a time that cannot be".to_owned());
        };
        if job.shared.0 && self.there.lists(&file.path) || self.there.has(&job.data, &job.root, file, at) {
            return Judged::Known;
        }
        if let Some(reason) = job.complaint(at) {
            return Judged::Left(reason);
        }
        let pixels = match image::pixels(&job.root.join(&file.path)) {
            Ok(pixels) => pixels,
            Err(reason) => return Judged::Left(reason),
        };
        let own = format!("images/{}/{}", name.day, file.name());
        let same = self.given.get(&own).into_iter().flatten().any(|other| self.is_same(file, other));
        if same {
            return Judged::Known;
        }
        let to = self.choose(&own, &name, file);
        if to != own {
            report.odd("another image has its name, stored under the next free time", || file.path.clone());
        }
        self.given.entry(own).or_default().push(file.path.clone());
        if to != file.path {
            self.given.entry(to.clone()).or_default();
        }
        Judged::New { at, file: to, pixels }
    }

    /// Whether two files of one name have the same bytes.
    fn is_same(&self, file: &ImageFile, other: &str) -> bool {
        let checksum = |path: &str| known::checksum(&self.job.root.join(path));
        checksum(&file.path).is_some_and(|sum| checksum(other) == Some(sum))
    }

    /// The image's own name in the folder of its day, or one with the next free microsecond.
    fn choose(&self, own: &str, name: &image::Name, file: &ImageFile) -> String {
        let lies_there =
            |to: &str| fs::metadata(self.job.data.join(to)).is_ok_and(|found| (found.dev(), found.ino()) == file.inode);
        let mut to = own.to_owned();
        let mut at: DateTime = name.at;
        while !lies_there(&to) && (self.given.contains_key(&to) || self.job.data.join(&to).exists()) {
            // In the last microsecond of year 9999 there is no next one.
            let Ok(next) = at.checked_add(Duration::from_micros(1)) else { break };
            at = next;
            to = format!("images/{}/{}-{}.jpg", name.day, name.source, at.strftime("%Y-%m-%dT%H.%M.%S.%6f"));
        }
        to
    }
}

/// The folders in which images are to be linked or copied, each once with an image from there.
pub(super) fn origins<'a>(job: &Job, plan: &'a Plan) -> Vec<&'a str> {
    let mut folders: HashSet<Option<&Path>> = HashSet::new();
    let paths = plan.items.iter().filter_map(|item| match &item.what {
        What::Image { path, file, .. } if !(job.shared.0 && path == file) => Some(path.as_str()),
        _ => None,
    });
    paths.filter(|path: &&'a str| folders.insert(Path::new(*path).parent())).collect()
}
