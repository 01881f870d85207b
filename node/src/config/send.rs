//! What is sent, in the words of the file: `none`, `continuous`, `{every: 10m}`, or frames around an event.

use std::fmt;
use std::str::FromStr;

use picket_common::config::{Complaints, Duration, Scalar};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::trigger::LONGEST;

picket_common::scalar!(Amount, Rate);

/// What a detector makes the node send: `{before: 5, during: 2/s, after: 5}` (also the default; what is left
/// out keeps these values), `none`, `continuous`, or `{every: 10m}`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "WrittenEventSend", into = "WrittenEventSend")]
pub enum EventSend {
    None,
    Continuous,
    Every(Duration),
    Frames(Frames),
}

/// What a camera sends with no regard to detectors: `none` (the default), `continuous`, or `{every: 10m}`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(from = "WrittenCameraSend", into = "WrittenCameraSend")]
pub enum CameraSend {
    #[default]
    None,
    Continuous,
    Every(Duration),
}

/// [`EventSend`] as it is written.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum WrittenEventSend {
    Word(Word),
    Every(Every),
    Frames(Frames),
}

/// [`CameraSend`] as it is written.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum WrittenCameraSend {
    Word(Word),
    Every(Every),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Word {
    /// No frames.
    None,
    /// Every frame.
    Continuous,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct Every {
    /// One frame, each time this much time has passed.
    every: Duration,
}

/// Frames around an event: `{before: 5, during: 2/s, after: 5}`; what is left out keeps these values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct Frames {
    /// From before the trigger: a plain number is frames, `5s` is time. Default: 5.
    pub before: Amount,
    /// While the event goes on: `2/s`, `10/m`, `all` or `none`. Default: 2/s.
    pub during: Rate,
    /// From after the end: a plain number is frames, `5s` is time. Default: 5.
    pub after: Amount,
}

impl Default for Frames {
    fn default() -> Self {
        Frames { before: Amount::Frames(5), during: Rate::PerSecond(2.0), after: Amount::Frames(5) }
    }
}

impl Frames {
    /// What is wrong with those at `path`.
    pub(super) fn validate(&self, path: &str, complaints: &mut Complaints<'_>) {
        for (key, amount) in [("before", self.before), ("after", self.after)] {
            if matches!(amount, Amount::Time(time) if time > LONGEST) {
                complaints.add(format!("{path}.{key}"), format!("{amount} is too long; write at most {LONGEST}"));
            }
        }
    }
}

impl Default for EventSend {
    fn default() -> Self {
        WrittenEventSend::Frames(Frames::default()).into()
    }
}

impl EventSend {
    /// Frames from before and after a change, and none while a state lasts.
    pub(super) fn at_changes() -> EventSend {
        EventSend::Frames(Frames { during: Rate::None, ..Frames::default() })
    }
}

impl From<WrittenEventSend> for EventSend {
    fn from(written: WrittenEventSend) -> EventSend {
        match written {
            WrittenEventSend::Word(Word::None) => EventSend::None,
            WrittenEventSend::Word(Word::Continuous) => EventSend::Continuous,
            WrittenEventSend::Every(Every { every }) => EventSend::Every(every),
            WrittenEventSend::Frames(frames) => EventSend::Frames(frames),
        }
    }
}

impl From<EventSend> for WrittenEventSend {
    fn from(send: EventSend) -> WrittenEventSend {
        match send {
            EventSend::None => WrittenEventSend::Word(Word::None),
            EventSend::Continuous => WrittenEventSend::Word(Word::Continuous),
            EventSend::Every(every) => WrittenEventSend::Every(Every { every }),
            EventSend::Frames(frames) => WrittenEventSend::Frames(frames),
        }
    }
}

impl From<WrittenCameraSend> for CameraSend {
    fn from(written: WrittenCameraSend) -> CameraSend {
        match written {
            WrittenCameraSend::Word(Word::None) => CameraSend::None,
            WrittenCameraSend::Word(Word::Continuous) => CameraSend::Continuous,
            WrittenCameraSend::Every(Every { every }) => CameraSend::Every(every),
        }
    }
}

impl From<CameraSend> for WrittenCameraSend {
    fn from(send: CameraSend) -> WrittenCameraSend {
        match send {
            CameraSend::None => WrittenCameraSend::Word(Word::None),
            CameraSend::Continuous => WrittenCameraSend::Word(Word::Continuous),
            CameraSend::Every(every) => WrittenCameraSend::Every(Every { every }),
        }
    }
}

/// A plain number is frames, `5s` is time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    Frames(u32),
    Time(Duration),
}

/// More would be a film, which `during` is for.
const MOST_FRAMES: u32 = 10_000;

impl Scalar for Amount {
    const FORMAT: &'static str = "picket-amount";
    const PATTERN: &'static str = r"^[0-9]+((\.[0-9]+)? ?(ms|s|m|h|d))?$";
    const EXAMPLES: &'static [&'static str] = &["5", "5s"];
    const NUMBERS: Option<(f64, f64)> = Some((0.0, MOST_FRAMES as f64));
}

impl FromStr for Amount {
    type Err = String;

    fn from_str(text: &str) -> Result<Amount, String> {
        match text.parse::<f64>() {
            Ok(frames) if (0.0..=f64::from(MOST_FRAMES)).contains(&frames) && frames.fract() == 0.0 => {
                Ok(Amount::Frames(frames as u32))
            }
            Ok(_) => Err(format!("`{text}` is not a number of frames, 0 to {MOST_FRAMES}; write 5, or 5s for a time")),
            Err(_) if text.starts_with(|c: char| c.is_ascii_digit()) => text.parse().map(Amount::Time),
            Err(_) => Err(format!("`{text}` is neither frames nor a time; write 5 or 5s")),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Amount::Frames(frames) => frames.fmt(f),
            Amount::Time(time) => time.fmt(f),
        }
    }
}

/// `2/s`, `all` or `none`; also `10/m` and `1/h`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rate {
    All,
    None,
    PerSecond(f64),
}

/// Seconds in each unit that stands behind the stroke, in the order in which the short form tries them.
const UNITS: [(&str, f64); 3] = [("s", 1.0), ("m", 60.0), ("h", 3600.0)];

impl Scalar for Rate {
    const FORMAT: &'static str = "picket-rate";
    const PATTERN: &'static str = r"^(all|none|[0-9]+(\.[0-9]+)? ?/ ?[smh])$";
    const EXAMPLES: &'static [&'static str] = &["2/s", "10/m", "all", "none"];
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Rate, String> {
        match text {
            "all" => return Ok(Rate::All),
            "none" => return Ok(Rate::None),
            _ => {}
        }
        if text.parse::<f64>().is_ok_and(f64::is_finite) {
            return Err(format!("`{text}` has no unit; write {text}/s or {text}/m"));
        }
        let wrong = || format!("`{text}` is not a rate; write 2/s, 10/m, all or none");
        let (number, unit) = text.split_once('/').ok_or_else(wrong)?;
        let number: f64 = number.trim().parse().map_err(|_| wrong())?;
        let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit.trim()).ok_or_else(wrong)?;
        match number / seconds {
            0.0 => Err(format!("`{text}` is no frame at all; write none")),
            rate if rate > 0.0 && rate <= 240.0 => Ok(Rate::PerSecond(rate)),
            _ => Err(format!("`{text}` is out of range; write at most 240/s, or all")),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rate::PerSecond(rate) = self else {
            return f.write_str(if *self == Rate::All { "all" } else { "none" });
        };
        // 10/60 * 60 is not always 10: the digits beyond a millionth are noise.
        let tidy = |number: f64| (number * 1e6).round() / 1e6;
        let whole = |(_, seconds): &&(&str, f64)| tidy(rate * seconds).fract() == 0.0;
        match UNITS.iter().find(whole) {
            Some((unit, seconds)) => write!(f, "{}/{unit}", tidy(rate * seconds)),
            None => write!(f, "{rate}/s"),
        }
    }
}
