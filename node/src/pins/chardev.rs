//! The pins of any other Linux board by the kernel's GPIO character device (`/dev/gpiochip0`): of a Raspberry Pi that
//! rppal does not know or may not touch, or of one that names its lines GPIO2, GPIO3 and so on. The only file that
//! names gpiocdev. A chip of which neither is known is not touched: on a laptop, line 17 may be anything.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use embedded_hal::digital::{ErrorType, InputPin, OutputPin};
use gpiocdev::line::{Bias, EdgeDetection, Offset, Value};
use gpiocdev::request::Builder;
use gpiocdev::{Chip, Request};
use picket_common::shutdown::Shutdown;
use picket_common::time::SystemClock;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tracing::info;

use super::soft_pwm::SoftPwm;
use super::{Board, Dimmer, Input, Output, PinError, Pull};

/// The chips behind a Raspberry Pi's header, whose lines have the header's BCM numbers.
const HEADERS: [&str; 3] = ["pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835"];

/// GPIO0 to GPIO27 are on the header.
const HEADER_PINS: u8 = 28;

/// The kernel keeps so many edges of a line for its reader.
const KEPT_EDGES: usize = 16;

/// A GPIO chip.
pub(super) struct Chardev {
    path: PathBuf,
    label: String,
    lines: BTreeMap<u8, Offset>,
}

/// Opens the chip behind the header.
pub(super) fn open() -> Result<Chardev, PinError> {
    let paths = gpiocdev::chip::chips().map_err(|error| PinError(error.to_string()))?;
    let mut seen = Vec::new();
    let mut named = None;
    for path in paths {
        match look(&path) {
            Ok(chip) if HEADERS.contains(&chip.label.as_str()) => return Ok(chip),
            Ok(chip) => {
                seen.push(format!("{} is `{}`", path.display(), chip.label));
                named = named.or(Some(chip).filter(|chip| chip.lines.contains_key(&17)));
            }
            Err(error) => seen.push(format!("{}: {error}", path.display())),
        }
    }
    named.ok_or_else(|| match seen.is_empty() {
        true => PinError("there is no /dev/gpiochip*".to_owned()),
        false => PinError(format!("none that is known: {}", seen.join(", "))),
    })
}

fn look(path: &Path) -> gpiocdev::Result<Chardev> {
    let chip = Chip::from_path(path)?;
    let info = chip.info()?;
    let lines = if HEADERS.contains(&info.label.as_str()) {
        (0..HEADER_PINS).filter(|gpio| u32::from(*gpio) < info.num_lines).map(|gpio| (gpio, gpio.into())).collect()
    } else {
        let lines = chip.line_info_iter()?.flatten();
        lines.filter_map(|line| Some((line.name.strip_prefix("GPIO")?.parse().ok()?, line.offset))).collect()
    };
    Ok(Chardev { path: path.to_owned(), label: info.label, lines })
}

/// Who has a pin, as far as the kernel knows.
pub(super) fn user(gpio: u8) -> Option<String> {
    let board = open().ok()?;
    board.user(*board.lines.get(&gpio)?)
}

impl Board for Chardev {
    fn name(&self) -> String {
        let model = fs::read_to_string("/proc/device-tree/model").unwrap_or_default();
        let model = model.trim_matches(['\0', '\n', ' ']);
        let model = if model.is_empty() { "a board without a name" } else { model };
        let chip = self.path.file_name().unwrap_or_default().to_string_lossy();
        format!("{model}, by the GPIO character device ({chip}, {})", self.label)
    }

    fn input(&self, gpio: u8, pull: Pull) -> Result<Box<dyn Input>, PinError> {
        let ask = |request: &mut Builder| {
            request.as_input().with_bias(match pull {
                Pull::Up => Bias::PullUp,
                Pull::Down => Bias::PullDown,
                Pull::Off => Bias::Disabled,
            });
        };
        let with_edges = self.request(gpio, |request| {
            ask(request);
            request.with_edge_detection(EdgeDetection::BothEdges);
        });
        match with_edges {
            Ok(request) => Ok(Box::new(Line { gpio, request, has_edges: true })),
            Err(error) => {
                // Whatever the reason, it may do without edges; if not, this says why.
                let request = self.request(gpio, ask)?;
                info!("GPIO{gpio}: no edges are told, its level is looked at again and again: {error}");
                Ok(Box::new(Line { gpio, request, has_edges: false }))
            }
        }
    }

    fn output(&self, gpio: u8, high: bool, safe: bool) -> Result<Box<dyn Output>, PinError> {
        let request = self.request(gpio, |request| {
            request.as_output(Value::from(high));
        })?;
        Ok(Box::new(Out { line: Line { gpio, request, has_edges: false }, safe }))
    }

    fn dimmer(&self, gpio: u8, frequency_hz: u32) -> Result<Box<dyn Dimmer>, PinError> {
        let output = self.output(gpio, false, false)?;
        Ok(Box::new(SoftPwm::new(gpio, output, frequency_hz, Arc::new(SystemClock))?))
    }
}

impl Chardev {
    fn request(&self, gpio: u8, ask: impl FnOnce(&mut Builder)) -> Result<Request, PinError> {
        let offset = self.lines.get(&gpio).copied();
        let offset = offset.ok_or_else(|| PinError(format!("there is no GPIO{gpio} on {}", self.label)))?;
        let mut request = Request::builder();
        request.on_chip(&self.path).with_consumer("picket-node").with_line(offset);
        ask(&mut request);
        request.request().map_err(|error| match self.user(offset) {
            Some(user) => PinError(format!("GPIO{gpio} is in use by {user}; use another pin, or stop that")),
            None => PinError(format!("GPIO{gpio}: {error}")),
        })
    }

    fn user(&self, offset: Offset) -> Option<String> {
        let line = Chip::from_path(&self.path).ok()?.line_info(offset).ok()?;
        (line.used && !line.consumer.is_empty()).then_some(match line.consumer.as_str() {
            "picket-node" => "a picket-node".to_owned(),
            other => other.to_owned(),
        })
    }
}

/// One line of a chip.
struct Line {
    gpio: u8,
    request: Request,
    has_edges: bool,
}

impl Line {
    fn error(&self, error: &gpiocdev::Error) -> PinError {
        PinError(format!("GPIO{}: {error}", self.gpio))
    }

    fn set(&self, high: bool) -> Result<(), PinError> {
        self.request.set_lone_value(Value::from(high)).map_err(|error| self.error(&error))
    }
}

impl Line {
    /// Whether there is an edge to read, or an error. Not gpiocdev's own wait: a signal, such as the one that stops the
    /// node, is no error.
    fn poll(&self, limit: Duration) -> Result<bool, PinError> {
        let limit = Timespec::try_from(limit).ok();
        match poll(&mut [PollFd::new(&self.request, PollFlags::IN)], limit.as_ref()) {
            Ok(ready) => Ok(ready > 0),
            Err(Errno::INTR) => Ok(false),
            Err(error) => Err(PinError(format!("GPIO{}: {error}", self.gpio))),
        }
    }
}

impl ErrorType for Line {
    type Error = PinError;
}

impl InputPin for Line {
    fn is_high(&mut self) -> Result<bool, PinError> {
        let value = self.request.lone_value().map_err(|error| self.error(&error))?;
        Ok(value == Value::Active)
    }

    fn is_low(&mut self) -> Result<bool, PinError> {
        self.is_high().map(|high| !high)
    }
}

impl Input for Line {
    fn wait_for_edge(&mut self, limit: Duration) -> Result<bool, PinError> {
        if !self.has_edges {
            Shutdown::new().wait(limit);
            return Ok(false);
        }
        let seen = self.poll(limit)?;
        // All that the kernel has kept, so that a bouncing contact is one edge; one that never rests is no endless loop.
        for _ in 0..KEPT_EDGES {
            if !self.poll(Duration::ZERO)? {
                break;
            }
            self.request.read_edge_event().map_err(|error| self.error(&error))?;
        }
        Ok(seen)
    }
}

struct Out {
    line: Line,
    safe: bool,
}

impl ErrorType for Out {
    type Error = PinError;
}

impl OutputPin for Out {
    fn set_low(&mut self) -> Result<(), PinError> {
        self.line.set(false)
    }

    fn set_high(&mut self) -> Result<(), PinError> {
        self.line.set(true)
    }
}

impl Output for Out {}

impl Drop for Out {
    fn drop(&mut self) {
        let _ = self.line.set(self.safe);
    }
}
