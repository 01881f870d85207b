//! `picket-hub pin` and `unpin`: what is to stay whatever the rules of retention say. Understands what people name, and
//! leaves it to the shelver to do it.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};
use jiff::Zoned;
use jiff::civil::Date;

use crate::index::{Index, Pinnable};
use crate::line::amendment::What;
use crate::line::one_line;
use crate::list::Filter;
use crate::shelver::{Done, Order};
use crate::steward::Steward;

/// So many numbers fit into one line to the hub.
const AT_ONCE: usize = 150;

/// What is to be pinned or unpinned.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// An event by its number as `picket-hub events` lists it, or by its id (`--json` tells it): all images that belong to it,
    /// and all that still come. Or one image by its file as `picket-hub images` lists it, or by its number.
    #[arg(value_name = "WHAT")]
    pub what: Vec<String>,
    /// Or every image that `picket-hub images` lists with the same options.
    #[command(flatten)]
    pub filter: Filter,
}

/// Pins, or unpins, and says what.
pub fn run(data: &Path, options: &Options, pin: bool, now: &Zoned, out: &mut dyn Write) -> Result<()> {
    let chosen = {
        let index = Index::read(data)?;
        if options.what.is_empty() { filtered(&index, &options.filter, now)? } else { named(&index, data, options)? }
    };
    let mut steward = Steward::of(data, None)?;
    let numbers: Vec<u64> = chosen.iter().map(|found| found.number).collect();
    let mut changed = 0;
    for numbers in numbers.chunks(AT_ONCE) {
        let numbers = numbers.to_vec();
        match steward.give(if pin { Order::Pin(numbers) } else { Order::Unpin(numbers) })? {
            Done::Pins { changed: more, .. } => changed += more,
            _ => bail!("the hub has answered something else; is it of another version?"),
        }
    }
    let (events, images): (Vec<&Pinnable>, Vec<_>) = chosen.iter().partition(|found| found.what == What::Event);
    let done = if pin { "pinned" } else { "unpinned" };
    let (events, images) = (plural(events.len(), "event"), plural(images.len(), "image"));
    writeln!(out, "{done}: {events}, {images}")?;
    let before = chosen.len() as u64 - changed.min(chosen.len() as u64);
    if before > 0 {
        let were = if before == 1 { "was" } else { "were" };
        writeln!(out, "{before} of them {were} {} before", if pin { "pinned" } else { "not pinned" })?;
    }
    Ok(())
}

fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Every image that is listed with the same options.
fn filtered(index: &Index, filter: &Filter, now: &Zoned) -> Result<Vec<Pinnable>> {
    if *filter == Filter::default() {
        bail!("what? Name an event's number or an image's file, or say which images with --node, --view, --since, ...");
    }
    let mut chosen = Vec::new();
    index.images(&filter.wanted(now, true)?, &mut |row| {
        let (number, node, view, pinned) = (row.number, row.node, row.view, row.pinned);
        chosen.push(Pinnable { number, what: What::Image, node, view, event: None, pinned });
        Ok(())
    })?;
    if chosen.is_empty() {
        bail!("no images are like that; `picket-hub images` with the same options lists none");
    }
    Ok(chosen)
}

fn named(index: &Index, data: &Path, options: &Options) -> Result<Vec<Pinnable>> {
    if options.filter != Filter::default() {
        bail!("either what you name or --node, --view, --since, ...: not both");
    }
    let mut known = BTreeSet::new();
    let mut chosen = Vec::new();
    for name in &options.what {
        let found = find(index, data, name)?;
        if found.is_empty() {
            bail!(
                "{:?} is neither an event nor an image; `picket-hub events` lists events by number, `picket-hub images` \
                 images by file",
                one_line(name)
            );
        }
        chosen.extend(found.into_iter().filter(|found| known.insert(found.number)));
    }
    Ok(chosen)
}

/// What a name means: a number, an image's file, or an event's id.
fn find(index: &Index, data: &Path, name: &str) -> Result<Vec<Pinnable>> {
    if let Ok(number) = name.parse()
        && let Some(found) = index.pinnable(number)?
    {
        return Ok(vec![found]);
    }
    if let Some(file) = file(data, name) {
        let near = index.image_called(&file, around(&file))?;
        return Ok(near
            .map_or_else(|| index.image_called(&file, None), |found| Ok(Some(found)))?
            .into_iter()
            .collect());
    }
    Ok(index.events_called(name)?)
}

/// The path below the data directory that is meant, for what may be an image's file.
fn file(data: &Path, name: &str) -> Option<String> {
    let path = Path::new(name);
    path.extension()?;
    let whole = |path: &Path| std::path::absolute(path).ok();
    let below = whole(path)?.strip_prefix(whole(data)?).ok().map(Path::to_owned);
    let below = below.or_else(|| path.is_relative().then(|| path.to_owned()))?;
    let text = below.to_str()?;
    // A bare name tells its day itself.
    match text.contains('/') {
        true => Some(text.to_owned()),
        false => Some(format!("images/{}/{text}", day(text)?)),
    }
}

/// The day in an image's name, `Node-View-2026-11-20T12.34.56.000000.jpg`.
fn day(name: &str) -> Option<Date> {
    let (before, _) = name.rsplit_once('T')?;
    before.get(before.len().checked_sub(10)?..)?.parse().ok()
}

/// When an image with such a path was taken, in nanoseconds since 1970, with room for every zone.
fn around(file: &str) -> Option<(i64, i64)> {
    const DAY: i64 = 86_400_000_000_000;
    let day: Date = file.split('/').nth(1)?.parse().ok()?;
    let noon = day.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_nanosecond();
    let noon = i64::try_from(noon).ok()?;
    Some((noon.saturating_sub(2 * DAY), noon.saturating_add(2 * DAY)))
}
