//! Which frames a detector's events make the node send.

use picket_common::config::migrate::{Block, Old, Plain, Report, whole};

use crate::config::{Amount, EventSend, Frames, Rate};

/// imagenode's `send_count` where nothing is said.
const COUNT: f64 = 5.0;

/// What a detector of this `kind` sends; `queue` bounds it, and `earlier` says that another detector of the camera
/// sends all frames.
pub(super) fn take(
    block: &mut Block,
    detector: &Old,
    (kind, queue, earlier): (&str, f64, bool),
    place: &str,
    report: &mut Report,
) -> EventSend {
    let frames = block.take("send_frames");
    let [count, still] = ["send_count", "print_still_frames"]
        .map(|key| (kind == "motion" || key == "send_count").then(|| block.take(key)).flatten());
    let word = frames.as_ref().map(Old::value);
    let send = match &word {
        Some(Plain::Text(word)) if word.contains("detect") => {
            let asked = Asked { count, still, word: frames.as_ref().unwrap_or(detector), kind, queue };
            return around(asked, place, report);
        }
        Some(Plain::Text(word)) if word.contains("continuous") => EventSend::Continuous,
        Some(_) => EventSend::None,
        None => EventSend::Continuous,
    };
    report.keep(place);
    match (&frames, &word) {
        (None, _) => {
            let text = "without `send_frames` imagenode sent every frame, as here; around events it is `{before: 5, during: 2/s, after: 5}`";
            report.note(detector, place, text);
        }
        (Some(old), Some(Plain::Text(word))) if send == EventSend::None && !word.eq_ignore_ascii_case("none") => {
            let text = format!(
                "`{}` made imagenode send no frames, as here; around events it is `{{before: 5, during: 2/s, after: 5}}`",
                old.shown()
            );
            report.note(old, place, &text);
        }
        (Some(old), Some(Plain::Text(_))) if send == EventSend::Continuous && earlier => {
            report.note(old, place, "imagenode sent each frame twice, for two detectors; Picket sends it once");
        }
        (Some(_), Some(Plain::Text(_))) => {}
        (Some(old), _) => {
            report.note(old, place, &format!("imagenode stopped at `{}`; here it sends no frames", old.shown()))
        }
    }
    for old in [count, still].into_iter().flatten() {
        report.note(&old, place, "it has no effect but with `send_frames: detected event`");
    }
    send
}

struct Asked<'o> {
    count: Option<Old>,
    still: Option<Old>,
    /// The key that asks for frames around events.
    word: &'o Old,
    kind: &'o str,
    queue: f64,
}

/// Frames around events: one fewer than `send_count`, from before each change.
fn around(asked: Asked<'_>, place: &str, report: &mut Report) -> EventSend {
    let Asked { count, still, word, kind, queue } = asked;
    report.keep(place);
    let given = count.as_ref().and_then(|old| whole(old, (0.0, 10_000.0), place, report)).unwrap_or(COUNT);
    let sent = (given.min(queue) - 1.0).max(0.0) as u32;
    let is_still_sent = still.as_ref().is_none_or(|old| old.value() != Plain::Bool(false));
    let after = if is_still_sent { sent } else { 0 };
    let (start, end) = if kind == "light" { ("lighted", "dark") } else { ("moving", "still") };
    let end = match after {
        0 => String::new(),
        _ => format!(", and {after} more from `{end}` on"),
    };
    let text = match sent {
        0 => format!("imagenode sent none for this; here it is the frame of `{start}` itself"),
        _ => format!(
            "imagenode sent {sent}, all from before the change; here it is as many, the frame of `{start}` itself{end}"
        ),
    };
    report.note(count.as_ref().unwrap_or(word), place, &text);
    if given > queue {
        let text = format!("no more than `queuemax`, {queue}, were there to be sent");
        report.note(count.as_ref().unwrap_or(word), place, &text);
    }
    if let Some(old) = still {
        let text = if is_still_sent { "this is `after:` now" } else { "this is `after: 0` now" };
        report.note(&old, place, text);
    }
    EventSend::Frames(Frames { before: Amount::Frames(sent), during: Rate::None, after: Amount::Frames(after) })
}
