//! What a camera offers, and the choice of what we take: form, size and rate, from plain lists. Knows no device.

use std::fmt;

use super::raw::Layout;
use crate::config::{Resolution, V4l2Format};

/// The size that is taken, or the nearest, where none is asked for.
const USUAL: Resolution = Resolution { width: 1280, height: 720 };

/// The longest side we take.
const LONGEST_SIDE: u32 = 8192;

/// So many sizes are named in a message.
const MOST_NAMED: usize = 24;

/// How a picture lies in a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Mjpeg,
    Yuyv,
    Uyvy,
    Nv12,
    Yu12,
    Yv12,
    Grey,
}

/// All forms, best first: MJPEG needs no encoding and the least of the bus, grey has lost something.
const FORMS: [Form; 7] = [Form::Mjpeg, Form::Yuyv, Form::Nv12, Form::Yu12, Form::Yv12, Form::Uyvy, Form::Grey];

impl Form {
    /// By V4L2's four letters.
    pub(super) fn of(fourcc: [u8; 4]) -> Option<Form> {
        Some(match &fourcc {
            b"MJPG" | b"JPEG" => Form::Mjpeg,
            b"YUYV" => Form::Yuyv,
            b"UYVY" => Form::Uyvy,
            b"NV12" => Form::Nv12,
            b"YU12" => Form::Yu12,
            b"YV12" => Form::Yv12,
            b"GREY" => Form::Grey,
            _ => return None,
        })
    }

    fn is_wished(self, wish: V4l2Format) -> bool {
        match wish {
            V4l2Format::Auto => true,
            V4l2Format::Mjpeg => self == Form::Mjpeg,
            V4l2Format::Yuyv => self == Form::Yuyv,
            V4l2Format::Uyvy => self == Form::Uyvy,
            V4l2Format::Nv12 => self == Form::Nv12,
            V4l2Format::Yu12 => self == Form::Yu12,
            V4l2Format::Yv12 => self == Form::Yv12,
            V4l2Format::Grey => self == Form::Grey,
        }
    }

    /// Raw pictures become YUV 4:2:0, which has one colour sample for 2 x 2 pixels.
    fn takes(self, width: u32, height: u32) -> bool {
        let fits = |side: u32| (16..=LONGEST_SIDE).contains(&side) && (self == Form::Mjpeg || side.is_multiple_of(2));
        fits(width) && fits(height)
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Form::Mjpeg => "mjpeg",
            Form::Yuyv => "yuyv",
            Form::Uyvy => "uyvy",
            Form::Nv12 => "nv12",
            Form::Yu12 => "yu12",
            Form::Yv12 => "yv12",
            Form::Grey => "grey",
        })
    }
}

/// One of a camera's pixel formats, and the sizes it has in it; none if the driver does not tell them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Offer {
    pub fourcc: [u8; 4],
    pub sizes: Vec<Sizes>,
}

impl Offer {
    /// What we can make of it, if anything.
    pub(super) fn form(&self) -> Option<Form> {
        Form::of(self.fourcc)
    }

    /// The four letters, for people.
    pub(super) fn name(&self) -> String {
        match self.form() {
            Some(form) => form.to_string(),
            // The highest bit tells that its numbers are the other way round.
            None => {
                self.fourcc.map(|letter| char::from(letter & 0x7f)).iter().collect::<String>().trim_end().to_owned()
            }
        }
    }
}

/// Width and height in pixels, or the whole of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sizes {
    One { width: u32, height: u32 },
    Range { least: (u32, u32), most: (u32, u32), step: (u32, u32) },
}

impl Sizes {
    /// The size in here that is nearest.
    fn nearest(self, wanted: Resolution) -> (u32, u32) {
        let snap = |wanted: u32, least: u32, most: u32, step: u32| {
            let wanted = wanted.clamp(least, most.max(least));
            wanted - (wanted - least) % step.max(1)
        };
        match self {
            Sizes::One { width, height } => (width, height),
            Sizes::Range { least, most, step } => {
                (snap(wanted.width, least.0, most.0, step.0), snap(wanted.height, least.1, most.1, step.1))
            }
        }
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&match self {
            Sizes::One { width, height } => format!("{width}x{height}"),
            Sizes::Range { least, most, .. } => format!("{}x{} to {}x{}", least.0, least.1, most.0, most.1),
        })
    }
}

/// What we take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Choice {
    pub form: Form,
    pub fourcc: [u8; 4],
    pub width: u32,
    pub height: u32,
}

/// The best of what is offered, or what would have been possible.
pub(super) fn choose(offers: &[Offer], wish: V4l2Format, resolution: Option<Resolution>) -> Result<Choice, String> {
    let usable = || {
        let wished = FORMS.iter().filter(move |form| form.is_wished(wish));
        wished.flat_map(|form| offers.iter().filter(move |offer| offer.form() == Some(*form)).map(move |o| (*form, o)))
    };
    if usable().next().is_none() {
        return Err(no_such_form(offers, wish));
    }
    let wanted = resolution.unwrap_or(USUAL);
    for (form, offer) in usable() {
        let all = offer.sizes.iter().map(|sizes| sizes.nearest(wanted));
        // A driver that does not tell its sizes is asked for the wanted one; what it answers is looked at then.
        let untold = offer.sizes.is_empty().then_some((wanted.width, wanted.height));
        let fitting = all.chain(untold).filter(|(width, height)| form.takes(*width, *height));
        let distance = |(width, height): &(u32, u32)| width.abs_diff(wanted.width) + height.abs_diff(wanted.height);
        match fitting.min_by_key(distance) {
            Some(size) if resolution.is_none() || distance(&size) == 0 => {
                return Ok(Choice { form, fourcc: offer.fourcc, width: size.0, height: size.1 });
            }
            _ => {}
        }
    }
    Err(format!("it has no resolution {wanted}; it has {}", sizes_by_form(usable())))
}

/// Sizes with the forms that have them, those of equal sizes together.
fn sizes_by_form<'o>(offers: impl Iterator<Item = (Form, &'o Offer)>) -> String {
    let mut groups: Vec<(String, Vec<String>)> = vec![];
    for (form, offer) in offers {
        let sizes = listed(&offer.sizes);
        match groups.iter_mut().find(|(known, _)| *known == sizes) {
            Some((_, forms)) => forms.push(form.to_string()),
            None => groups.push((sizes, vec![form.to_string()])),
        }
    }
    let groups: Vec<String> = groups.iter().map(|(sizes, forms)| format!("{sizes} ({})", forms.join(", "))).collect();
    groups.join("; ")
}

/// Whether what the driver made of the choice will do: it may change whatever it likes.
pub(super) fn accept(choice: &Choice, got: &Layout, resolution: Option<Resolution>) -> Result<(), String> {
    let Layout { form, width, height, .. } = *got;
    if form != choice.form || !form.takes(width, height) {
        return Err(format!(
            "the driver was asked for {} and gives {form} {width}x{height}, which will not do",
            choice.form
        ));
    }
    match resolution {
        Some(wanted) if (wanted.width, wanted.height) != (width, height) => Err(format!(
            "the driver was asked for {wanted} and gives {width}x{height}; write `resolution: {width}x{height}`"
        )),
        _ => Ok(()),
    }
}

fn no_such_form(offers: &[Offer], wish: V4l2Format) -> String {
    let (ours, others): (Vec<_>, Vec<_>) = offers.iter().partition(|offer| offer.form().is_some());
    let names = |offers: &[&Offer]| offers.iter().map(|offer| offer.name()).collect::<Vec<_>>().join(", ");
    match (ours.as_slice(), others.as_slice()) {
        ([], []) => {
            "it gives no pictures (a webcam's second device never does, a loopback device only while it is fed)"
                .to_owned()
        }
        ([], others) => {
            format!("it has pictures only as {}, which cannot be used; use `kind: command` with ffmpeg", names(others))
        }
        (ours, _) => {
            let wish = FORMS.iter().find(|form| form.is_wished(wish)).map(Form::to_string).unwrap_or_default();
            format!("it has no pictures as {wish}; it has {}: write one of these, or `format: auto`", names(ours))
        }
    }
}

/// Sizes, smallest first, for people.
pub(super) fn listed(sizes: &[Sizes]) -> String {
    let mut sizes = sizes.to_vec();
    sizes.sort_by_key(|sizes| match sizes {
        Sizes::One { width, height } => (*width, *height),
        Sizes::Range { least, .. } => *least,
    });
    sizes.dedup();
    let mut names: Vec<String> = sizes.iter().map(Sizes::to_string).collect();
    if names.len() > MOST_NAMED {
        // The ones in the middle are missed least.
        names.splice(MOST_NAMED / 2..names.len() - MOST_NAMED / 2, ["...".to_owned()]);
    }
    if names.is_empty() { "sizes that the driver does not tell".to_owned() } else { names.join(", ") }
}

/// Seconds from frame to frame, as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    pub numerator: u32,
    pub denominator: u32,
}

impl Interval {
    /// Frames a second; 0 if the fraction has no meaning.
    pub(super) fn rate(self) -> f64 {
        if self.numerator == 0 { 0.0 } else { f64::from(self.denominator) / f64::from(self.numerator) }
    }

    /// Exact to a thousandth of a frame a second.
    fn of_rate(rate: f64) -> Interval {
        Interval { numerator: 1000, denominator: (rate * 1000.0).round() as u32 }
    }
}

/// Rates that a camera has in one form and size: from the slowest to the fastest; one rate is both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rates {
    pub slowest: Interval,
    pub fastest: Interval,
}

/// The least rate that is as high as wanted (the frames too many are left out), else the highest; of a camera that
/// tells none, the wanted one is asked for.
pub(super) fn choose_rate(offered: &[Rates], wanted: f64) -> Interval {
    let at_least = |rates: &&Rates| rates.fastest.rate() * 1.01 >= wanted;
    let of = |rates: &Rates| {
        if rates.slowest == rates.fastest || rates.slowest.rate() >= wanted {
            rates.slowest
        } else {
            Interval::of_rate(wanted)
        }
    };
    let enough = offered.iter().filter(at_least).map(of).min_by(|a, b| a.rate().total_cmp(&b.rate()));
    let highest = || offered.iter().map(|rates| rates.fastest).max_by(|a, b| a.rate().total_cmp(&b.rate()));
    enough.or_else(highest).unwrap_or_else(|| Interval::of_rate(wanted))
}

#[cfg(test)]
mod tests;
