//! Makes a large index, by the shelver's own transactions, and measures what the page asks of it:
//! `cargo run --release --example large_index -- FOLDER [EVENTS]`, where every event has ten images. A folder that has an
//! index is measured as it is.

#![allow(clippy::print_stdout, reason = "it is a program for the terminal")]

use std::path::Path;
use std::time::Duration;

use jiff::tz::TimeZone;
use picket_common::event::Kind;
use picket_common::log::Key;
use picket_common::time::{Clock, SystemClock, Timestamp};
use picket_hub::access::Sight;
use picket_hub::entry::Entry;
use picket_hub::index::{Batch, Index, IndexError, Outcome, Shelved, Sought, SoughtEvents};
use picket_hub::line::Stored;
use picket_hub::text::Lengths;
use serde_json::json;

const IMAGES: u64 = 10;
const NODES: u64 = 8;
const VIEWS: u64 = 4;
/// So many records have one transaction.
const BATCH: usize = 4096;
/// Between two events.
const APART: Duration = Duration::from_secs(90);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("which folder?")?;
    let events = arguments.next().map_or(Ok(1_000_000), |events| events.parse())?;
    let folder = Path::new(&folder);
    let is_new = !folder.join("picket.db").exists();
    let mut index = timed("open", || Index::open(folder))?;
    if is_new {
        timed("fill", || fill(&mut index, events))?;
    }
    drop(index);
    let index = timed("open again", || Index::read(folder))?;
    measure(&index)?;
    Ok(())
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let began = SystemClock.uptime();
    let done = work();
    println!("{what:50} {:8.1} ms", (SystemClock.uptime() - began).as_secs_f64() * 1000.0);
    done
}

fn fill(index: &mut Index, events: u64) -> Result<(), IndexError> {
    let first: Timestamp = "2023-01-01T00:00:00Z".parse().unwrap_or_default();
    let (mut rows, mut number) = (Vec::new(), 0);
    for event in 0..events {
        let at = first + APART * u32::try_from(event).unwrap_or(u32::MAX);
        for entry in happening(event, at) {
            number += 1;
            let stored = entry.file.as_ref().map(|_| Stored { size: 80_000, checksum: format!("{number:064x}") });
            rows.push(Shelved { number, key: Key::default(), outcome: Outcome::Kept(Box::new(entry), stored) });
        }
        if rows.len() >= BATCH || event + 1 == events {
            index.commit(&Batch { rows: &rows, lengths: &Lengths::new(), reached: number, heard: &[] })?;
            rows.clear();
        }
    }
    Ok(())
}

/// An event's start, its images and its end.
fn happening(event: u64, at: Timestamp) -> Vec<Entry> {
    let node = format!("Node{}", event % NODES);
    let view = format!("View{}", event / NODES % VIEWS);
    // One in a thousand is about something rare.
    let (what, begun, ended) = match event % 1000 {
        0 => ("gate", "open", "closed"),
        n if n % 10 == 0 => ("light", "lighted", "dark"),
        _ => ("motion", "moving", "still"),
    };
    let entry = |kind, seconds: u64, data| {
        let at = at + Duration::from_secs(seconds);
        let text = format!("{node} {view}|{what}|{begun}");
        let mut entry = Entry::new(kind, (node.clone(), Some(view.clone())), text, at, &TimeZone::UTC);
        (entry.event, entry.data) = (Some(format!("{node}-{event}")), data);
        entry
    };
    let told =
        |phase, state, seconds| entry(Kind::Event, seconds, json!({"phase": phase, "what": what, "state": state}));
    let image = |place: u64| {
        let role = if place == 3 { "best" } else { "after" };
        let mut image = entry(Kind::Image, place, json!({"role": role, "width": 1280, "height": 720}));
        image.file = Some(format!("images/{}/{node}-{view}-{event}-{place}.jpg", at.strftime("%Y-%m-%d")));
        image
    };
    let mut all = vec![told("start", begun, 0)];
    all.extend((0..IMAGES).map(image));
    all.push(told("end", ended, 20));
    all
}

/// What a page asks, each twice: from the disk, and as it is asked again.
fn measure(index: &Index) -> Result<(), IndexError> {
    let all = SoughtEvents::default;
    let node = || Sought { nodes: vec!["node3".into()], ..Sought::default() };
    let day = |day: &str| day.parse::<Timestamp>().ok();
    let span = Sought { since: day("2023-03-01T00:00:00Z"), until: day("2023-03-02T00:00:00Z"), ..Sought::default() };
    let night = ("03:00".parse(), "03:10".parse());
    let times = if let (Ok(from), Ok(to)) = night { Some((from, to, TimeZone::UTC)) } else { None };
    let kind = |kind: &str| Sought { kind: Some(kind.to_owned()), ..Sought::default() };
    let pages = [
        ("first page of events", all()),
        ("of one node", SoughtEvents { common: node(), ..all() }),
        ("of one day", SoughtEvents { common: span, ..all() }),
        ("of a kind", SoughtEvents { common: kind("light"), ..all() }),
        ("of a rare kind", SoughtEvents { common: kind("gate"), ..all() }),
        ("of a kind that is not there", SoughtEvents { common: kind("nothing"), ..all() }),
        ("in a state", SoughtEvents { state: Some("open".to_owned()), ..all() }),
        ("in ten minutes of the night", SoughtEvents { times, ..all() }),
        ("reviewed, of which there are none", SoughtEvents { reviewed: Some(true), ..all() }),
        ("not reviewed", SoughtEvents { reviewed: Some(false), ..all() }),
        ("pinned", SoughtEvents { pinned: Some(true), ..all() }),
    ];
    for (what, sought) in &pages {
        for _ in 0..2 {
            timed(what, || index.page_of_events(sought, None, 50))?;
        }
    }
    for (what, sought) in
        [("first page of images", Sought::default()), ("of one node", node()), ("best ones", kind("best"))]
    {
        for _ in 0..2 {
            timed(what, || index.page_of_images(&sought, None, None, 50))?;
        }
    }
    for (what, sought) in [("all days", Sought::default()), ("all days of one node", node())] {
        timed(what, || index.days(&sought, (None, None), None))?;
    }
    timed("one event", || index.event(1, None, &Sight::everything()))?;
    timed("its neighbours", || index.neighbours(1))?;
    Ok(())
}
