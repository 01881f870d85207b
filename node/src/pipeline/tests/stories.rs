//! Random stories of several triggers, held against a plain definition of what each event keeps if it were alone.

use std::collections::{BTreeMap, BTreeSet};

use picket_common::log::sim::Dice;

use super::*;

fn any_amount(dice: &mut Dice) -> Amount {
    match dice.roll(2) {
        0 => Amount::Frames(dice.roll(6) as u32),
        _ => Amount::Time(milliseconds(dice.roll(700))),
    }
}

fn any_trigger(dice: &mut Dice) -> TriggerConfig {
    let during = [Rate::All, Rate::None, Rate::PerSecond(2.0), Rate::PerSecond(5.0)][dice.place(4)];
    let (min_duration, cool_down) = (dice.roll(2) * dice.roll(600), dice.roll(2) * dice.roll(1500));
    TriggerConfig {
        cameras: None,
        send: Frames { before: any_amount(dice), during, after: any_amount(dice) },
        min_duration: milliseconds(min_duration),
        cool_down: milliseconds(cool_down),
    }
}

/// When one thing after the other begins and ends; the last may go on.
fn any_events(dice: &mut Dice, until: u64) -> Vec<(u64, u64)> {
    let (mut events, mut at) = (Vec::new(), dice.roll(500));
    while at < until {
        let long = dice.roll(3) * dice.roll(600);
        events.push((at, at + long));
        at += long + dice.roll(4) * dice.roll(500);
    }
    events
}

fn milliseconds(n: u64) -> picket_common::config::Duration {
    picket_common::config::Duration(Duration::from_millis(n))
}

fn within(amount: Amount, count: usize, time: u64) -> bool {
    match amount {
        Amount::Frames(limit) => count < limit as usize,
        Amount::Time(limit) => time < limit.0.as_millis() as u64,
    }
}

type Kept = BTreeSet<(usize, &'static str)>;

/// An event of which frames are kept, by the indices of frames.
struct Keeping {
    number: usize,
    trigger: usize,
    /// The first frame that is not before its end.
    end: usize,
    end_at: u64,
    /// The frame with which it has lasted long enough.
    from: usize,
}

/// What each event keeps, by its number; `frames` are their times in milliseconds.
fn expected(frames: &[u64], config: &TriggerConfig, events: &[(u64, u64)]) -> BTreeMap<usize, Kept> {
    let first = |at: u64| frames.partition_point(|frame| *frame < at);
    let min = config.min_duration.0.as_millis() as u64;
    let cool = config.cool_down.0.as_millis() as u64;
    let Frames { before, during, after } = config.send;
    let (mut picks, mut kept): (Vec<usize>, BTreeMap<usize, Kept>) = Default::default();
    let mut all: Vec<Keeping> = Vec::new();
    for index in 0..frames.len() {
        let is_due = match during {
            Rate::PerSecond(rate) => {
                picks.last().is_none_or(|last| (frames[index] - frames[*last]) as f64 >= 900.0 / rate)
            }
            _ => true,
        };
        let mut is_trigger = false;
        for (number, &(start, end_at)) in events.iter().enumerate().filter(|(_, event)| first(event.0) == index) {
            // Is the last event's post-roll over, and has it cooled down?
            let last = all.iter().rev().find(|keeping| keeping.from <= index);
            if cool > 0
                && let Some(last) = last
            {
                let roles = |role| kept[&last.number].iter().filter(move |(_, is)| *is == role);
                let time = frames[index].saturating_sub(last.end_at.max(frames[last.trigger]));
                let newest = kept.values().flatten().map(|(index, _)| frames[*index]).max().unwrap();
                let rolls_on = last.end == index || within(after, roles("after").count(), time);
                if rolls_on || start.saturating_sub(newest) < cool {
                    continue;
                }
            }
            is_trigger = true;
            let end = first(end_at);
            let lasting = first(start + min);
            if end_at - start < min && end < frames.len() || lasting.min(end) == frames.len() {
                continue;
            }
            let from = if end_at - start < min { lasting } else { lasting.min(end) }.max(index);
            all.push(Keeping { number, trigger: index, end, end_at, from });
            let is_before = |back: usize, pick: usize| match before {
                Amount::Frames(limit) => back < limit as usize,
                Amount::Time(limit) => frames[index] - frames[pick] <= limit.0.as_millis() as u64,
            };
            let before = picks.iter().rev().enumerate().take_while(|(back, pick)| is_before(*back, **pick));
            let mut set: Kept = before.map(|(_, pick)| (*pick, "before")).collect();
            set.insert((index, "trigger"));
            kept.insert(number, set);
        }
        for (place, keeping) in all.iter().enumerate() {
            let Keeping { number, trigger, end, end_at, .. } = *keeping;
            let taken_over = all[place + 1..].iter().any(|next| next.from <= index);
            let set = kept.get_mut(&number).unwrap();
            let count = set.iter().filter(|(_, role)| *role == "after").count();
            let time = frames[index] - end_at.max(frames[trigger]).min(frames[index]);
            if !is_due || index == trigger {
            } else if index < end && during != Rate::None {
                set.insert((index, "during"));
            } else if index >= end && !taken_over && within(after, count, time) {
                set.insert((index, "after"));
            }
        }
        if is_due || is_trigger {
            picks.push(index);
        }
    }
    kept
}

/// The frames of each event, with their roles.
type Told = BTreeMap<String, BTreeSet<(usize, String)>>;

/// What the messages say that each event keeps, and how often each frame was sent.
fn told(run: &Run, frames: &[u64]) -> (Told, BTreeMap<usize, u32>) {
    let start: picket_common::time::Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let index = |at: picket_common::time::Timestamp| {
        frames.binary_search(&((at.as_millisecond() - start.as_millisecond()) as u64)).unwrap()
    };
    let (mut kept, mut sent) = (Told::new(), BTreeMap::new());
    let mut note = |event: &str, frame: usize, role: &Value| {
        let role = role.as_str().unwrap().to_owned();
        assert!(kept.entry(event.to_owned()).or_default().insert((frame, role)), "{event} has {frame} twice");
    };
    for item in run.items() {
        let data = &item.keys.data;
        let event = item.keys.event.as_deref();
        if item.keys.kind == Kind::Image {
            let frame = index(item.keys.at.unwrap());
            *sent.entry(frame).or_default() += 1;
            event.into_iter().for_each(|event| note(event, frame, &data["role"]));
            for also in data["also"].as_array().into_iter().flatten() {
                note(also["event"].as_str().unwrap(), frame, &also["role"]);
            }
        }
        for earlier in data["earlier"].as_array().into_iter().flatten() {
            note(event.unwrap(), index(earlier["at"].as_str().unwrap().parse().unwrap()), &earlier["role"]);
        }
    }
    (kept, sent)
}

#[test]
fn no_frame_is_sent_twice_and_each_event_has_what_it_would_have_alone() {
    let (mut shared_frames, mut kept_frames) = (0, 0);
    for seed in 0..100 {
        let mut dice = Dice(seed);
        let continuous = dice.roll(5) == 0;
        let send = if continuous { CameraSend::Continuous } else { CameraSend::None };
        let mut run = Run::new(&CameraConfig { send, ..camera(vec![]) });
        let mut frames = Vec::new();
        while frames.len() < 60 {
            frames.push(frames.last().unwrap_or(&0) + 80 + dice.roll(41));
        }
        let mut expect = Told::new();
        for number in 0..=dice.roll(4) {
            let config = any_trigger(&mut dice);
            let trigger = run.shared.triggers.trigger(&format!("t{number}"), &config);
            let events = any_events(&mut dice, 6000);
            // All marks are made in time, some long before their frame comes.
            for (event, (start, end)) in events.iter().enumerate() {
                trigger.pull(&format!("{number}-{event}"), Edge::Start, Duration::from_millis(*start));
                trigger.pull(&format!("{number}-{event}"), Edge::End, Duration::from_millis(*end));
            }
            for (event, kept) in expected(&frames, &config, &events) {
                let kept = kept.into_iter().map(|(frame, role)| (frame, role.to_owned())).collect();
                expect.insert(format!("{number}-{event}"), kept);
            }
        }
        for (index, mono) in frames.iter().enumerate() {
            let mono = Duration::from_millis(*mono);
            let at = "2026-11-20T12:00:00Z".parse::<picket_common::time::Timestamp>().unwrap() + mono;
            let picture = Arc::new(Picture::Jpeg { bytes: vec![0; 10], width: 1, height: 1 });
            run.pipeline.take(Frame { index: index as u64, at, mono, picture });
        }
        let (kept, sent) = told(&run, &frames);
        assert_eq!(kept, expect, "seed {seed}");
        assert!(sent.values().all(|times| *times == 1), "seed {seed}: {sent:?}");
        let wanted: BTreeSet<usize> = kept.values().flatten().map(|(frame, _)| *frame).collect();
        let all: BTreeSet<usize> = if continuous { (0..frames.len()).collect() } else { wanted };
        assert_eq!(sent.into_keys().collect::<BTreeSet<_>>(), all, "seed {seed}");
        kept_frames += all.len();
        shared_frames += kept.values().map(BTreeSet::len).sum::<usize>();
    }
    // The stories are worth telling: many frames belong to several events.
    assert!(2 * shared_frames > 3 * kept_frames, "{shared_frames} of {kept_frames}");
}
