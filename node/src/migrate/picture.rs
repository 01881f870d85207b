//! Sizes and rates of cameras, and regions of pictures.

use picket_common::config::Percent;
use picket_common::config::migrate::{Literal, Old, Report, tidy, within};

use crate::config::{Framerate, Resize, Resolution, Roi};

/// What imagenode asked a Pi's camera for where nothing is said.
pub(super) const USUAL: Resolution = Resolution { width: 320, height: 240 };

/// A size, `(640, 480)`; the nearest that Picket takes.
pub(super) fn resolution(old: &Old, place: &str, report: &mut Report) -> Option<Resolution> {
    let Some([width, height]) = old.literal().and_then(|literal| literal.numbers()) else {
        let text = format!("`{}` is no size such as (640, 480), and imagenode stopped at it", old.shown());
        report.note(old, place, &text);
        return None;
    };
    let side = |side: f64| side.clamp(16.0, 8192.0) as u32 / 2 * 2;
    let near = Resolution { width: side(width), height: side(height) };
    if f64::from(near.width) != width || f64::from(near.height) != height {
        let text = format!("{} is not possible here (both sides are even, 16 to 8192); it is {near} now", old.shown());
        report.note(old, place, &text);
    }
    report.keep(place);
    Some(near)
}

/// Frames a second.
pub(super) fn framerate(old: &Old, place: &str, report: &mut Report) -> Option<Framerate> {
    let rate = within(old, (0.001, 240.0), place, report)?;
    Some(Framerate((rate * 1000.0).round() / 1000.0))
}

/// The width in percent of what it was.
pub(super) fn resize(old: &Old, place: &str, report: &mut Report) -> Option<Resize> {
    if !old.is_true() {
        return None;
    }
    if old.number().is_some_and(|percent| percent > 100.0) {
        let text = "it made pictures larger than they were, which shows nothing more; Picket takes them as they are";
        report.note(old, place, text);
        return None;
    }
    let percent = within(old, (1.0, 100.0), place, report)?;
    Some(Resize::By(Percent(tidy(percent))))
}

/// A region, `((0,0),(100,100))` in percent; the nearest that Picket takes.
pub(super) fn roi(old: &Old, place: &str, report: &mut Report) -> Option<Roi> {
    let corners = match old.literal() {
        Some(Literal::List(corners)) => corners.iter().map(Literal::numbers::<2>).collect::<Option<Vec<_>>>(),
        _ => None,
    };
    let Some([[left, top], [right, bottom]]) = corners.and_then(|corners| <[_; 2]>::try_from(corners).ok()) else {
        let text = format!("`{}` is no region such as (10, 10), (90, 90), and imagenode stopped at it", old.shown());
        report.note(old, place, &text);
        return None;
    };
    let percent = |number: f64| tidy(number.clamp(0.0, 100.0));
    let ordered = |a: f64, b: f64| if a <= b { [percent(a), percent(b)] } else { [percent(b), percent(a)] };
    let ([x1, x2], [y1, y2]) = (ordered(left, right), ordered(top, bottom));
    if x1 == x2 || y1 == y2 {
        let text =
            format!("the region {} is empty, and imagenode stopped at it; now it is the whole picture", old.shown());
        report.note(old, place, &text);
        return None;
    }
    if [x1, y1, x2, y2] != [left, top, right, bottom] {
        let text = format!(
            "{} has a corner outside of the picture, or its corners in the wrong order; it is [[{x1}, {y1}], [{x2}, {y2}]] now",
            old.shown()
        );
        report.note(old, place, &text);
    }
    report.keep(place);
    Some(Roi([[Percent(x1), Percent(y1)], [Percent(x2), Percent(y2)]]))
}
