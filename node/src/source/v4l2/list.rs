//! The webcams of this machine and what they can do, as text for whoever writes the configuration.

use std::fmt::{self, Write};
use std::io;
use std::path::PathBuf;

use super::control::{Control, Kind};
use super::device::Camera;
use super::found::{self, Node};
use super::offer::{Form, Rates, Sizes};
use super::panel::Panel;
use super::{ROOT, trouble};

/// More rows of one list are not read by anybody.
const MOST_ROWS: usize = 40;

/// What is known of each webcam.
pub struct Webcams(Vec<Result<Webcam, String>>);

struct Webcam {
    title: String,
    path: PathBuf,
    links: Vec<PathBuf>,
    modes: Vec<Mode>,
    /// Formats that we cannot use.
    others: Vec<String>,
    controls: Vec<Control>,
}

/// A size that a webcam has in one form, and its rates there.
struct Mode {
    form: Form,
    sizes: Sizes,
    rates: Vec<Rates>,
}

impl Webcams {
    /// Opens all video devices, one after the other.
    pub fn look() -> Webcams {
        let look = |node: Node| match Webcam::look(&node) {
            Ok(found) => found.map(Ok),
            Err(error) => Some(Err(trouble::words(&error, trouble::Doing::Open, &node.path))),
        };
        Webcams(found::nodes(ROOT.as_ref()).into_iter().filter_map(look).collect())
    }
}

impl Webcam {
    /// None if the node gives no pictures.
    fn look(node: &Node) -> io::Result<Option<Webcam>> {
        let camera = Camera::open(&node.path)?;
        let offers = camera.offers()?;
        if offers.is_empty() {
            return Ok(None);
        }
        let (mut modes, mut others) = (vec![], vec![]);
        for offer in offers {
            let Some(form) = offer.form() else {
                others.push(offer.name());
                continue;
            };
            modes.extend(offer.sizes.iter().map(|sizes| {
                let rates = match sizes {
                    Sizes::One { width, height } => camera.rates(offer.fourcc, *width, *height),
                    Sizes::Range { most, .. } => camera.rates(offer.fourcc, most.0, most.1),
                };
                Mode { form, sizes: *sizes, rates }
            }));
        }
        let Node { path, title, links } = node.clone();
        Ok(Some(Webcam { title, path, links, modes, others, controls: Panel::open(&node.path)?.controls() }))
    }
}

impl fmt::Display for Webcams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return writeln!(f, "there is no webcam here: no /dev/video* gives pictures");
        }
        for (index, webcam) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_char('\n')?;
            }
            match webcam {
                Ok(webcam) => webcam.fmt(f)?,
                Err(why) => writeln!(f, "{why}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Webcam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        for path in self.links.iter().chain([&self.path]) {
            writeln!(f, "  device: {}", path.display())?;
        }
        for mode in self.modes.iter().take(MOST_ROWS) {
            let rates: Vec<String> = mode.rates.iter().map(rates).collect();
            writeln!(f, "  format: {:<6} resolution: {:<10} framerate: {}", mode.form, mode.sizes, rates.join(", "))?;
        }
        if self.modes.len() > MOST_ROWS {
            writeln!(f, "  ... and {} more", self.modes.len() - MOST_ROWS)?;
        }
        if !self.others.is_empty() {
            writeln!(f, "  cannot be used: {}", self.others.join(", "))?;
        }
        if !self.controls.is_empty() {
            writeln!(f, "  controls:")?;
        }
        for control in &self.controls {
            let value = control.value.map_or_else(|| "-".to_owned(), |value| shown(&control.kind, value));
            write!(f, "    {}: {value}  # {}", control.name(), control.kind)?;
            match (control.is_read_only, &control.kind) {
                (true, _) => f.write_str(", can only be read")?,
                (_, Kind::Button) => {}
                (false, kind) => write!(f, ", default {}", shown(kind, control.default))?,
            }
            f.write_char('\n')?;
        }
        Ok(())
    }
}

/// A value as it is written into the configuration.
fn shown(kind: &Kind, value: i32) -> String {
    if *kind == Kind::Switch { (value != 0).to_string() } else { value.to_string() }
}

fn rates(rates: &Rates) -> String {
    let short = |rate: f64| ((rate * 100.0).round() / 100.0).to_string();
    let (slowest, fastest) = (short(rates.slowest.rate()), short(rates.fastest.rate()));
    if slowest == fastest { fastest } else { format!("{slowest} to {fastest}") }
}

#[cfg(test)]
mod tests {
    use super::super::offer::Interval;
    use super::*;

    #[test]
    fn a_webcam_is_shown_as_it_is_written_into_the_configuration() {
        let one = |numerator, denominator| {
            let interval = Interval { numerator, denominator };
            Rates { slowest: interval, fastest: interval }
        };
        let control = |title: &str, kind, default, value, is_read_only| Control {
            title: title.into(),
            kind,
            default,
            value,
            is_read_only,
        };
        let menu = Kind::Menu(vec![(0, "Disabled".into()), (1, "50 Hz".into())]);
        let webcam = Webcam {
            title: "HD Webcam".into(),
            path: "/dev/video0".into(),
            links: vec!["/dev/v4l/by-id/usb-HD-index0".into()],
            modes: vec![
                Mode {
                    form: Form::Mjpeg,
                    sizes: Sizes::One { width: 1280, height: 720 },
                    rates: vec![one(1, 30), one(2, 15)],
                },
                Mode {
                    form: Form::Yuyv,
                    sizes: Sizes::One { width: 640, height: 480 },
                    rates: vec![one(1001, 30_000)],
                },
            ],
            others: vec!["H264".into()],
            controls: vec![
                control("Brightness", Kind::Number { least: -64, most: 64 }, 0, Some(12), false),
                control("Exposure, Auto", Kind::Switch, 1, Some(0), false),
                control("Power Line Frequency", menu, 1, Some(1), true),
                control("Reset", Kind::Button, 0, None, false),
            ],
        };
        let text = Webcams(vec![Ok(webcam), Err("/dev/video2 may not be opened".into())]).to_string();
        let expected = "\
HD Webcam
  device: /dev/v4l/by-id/usb-HD-index0
  device: /dev/video0
  format: mjpeg  resolution: 1280x720   framerate: 30, 7.5
  format: yuyv   resolution: 640x480    framerate: 29.97
  cannot be used: H264
  controls:
    brightness: 12  # a number between -64 and 64, default 0
    exposure_auto: false  # `true` or `false`, default true
    power_line_frequency: 1  # 0 (Disabled), 1 (50 Hz), can only be read
    reset: -  # `true`, which presses it

/dev/video2 may not be opened
";
        assert_eq!(text, expected);
        assert_eq!(Webcams(vec![]).to_string(), "there is no webcam here: no /dev/video* gives pictures\n");
    }
}
