//! Which images are new, and where each goes.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::{Item, Plan, What};
use crate::import::guess::Names;
use crate::import::known::{self, Images};
use crate::import::report::{Guess, Report};
use crate::import::scan::ImageFile;
use crate::import::{Job, image, local};
use crate::index::Index;

/// Adds the images that are not there yet to `plan`.
pub(super) fn images(
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
