//! The clock as a trigger: at times of day, or again and again.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Time;
use picket_common::config::{Complaints, Duration, Scalar};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{TriggerConfig, seconds};

picket_common::scalar!(TimeOfDay);

/// The clock: triggers cameras at times of day, or again and again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockConfig {
    /// What it is called, different from the node's other sensors.
    #[schemars(extend("format" = "picket-name"))]
    pub name: String,
    /// At which times of day, by the node's own time zone: `["06:00", "12:30"]`. A time that comes twice (clocks go
    /// back) counts once, the first; one that is skipped (clocks go forward) counts at once then. Nothing happens
    /// before the machine knows the time. Either this or `every`. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<TimeOfDay>,
    /// How often, 1s to 24h, counted from midnight: `1h` is at each full hour, `15m` at 00, 15, 30 and 45 past; what
    /// does not divide the day begins anew at midnight. Either this or `at`. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Duration>,
    /// Which cameras keep frames then: a list of views, or `{cameras: [Mailbox], send: {before: 0, after: 1}}`.
    pub trigger: TriggerConfig,
}

/// A time of day, `06:00` or `23:59:30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(pub Time);

impl Scalar for TimeOfDay {
    const FORMAT: &'static str = "picket-time-of-day";
    const PATTERN: &'static str = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$";
    const EXAMPLES: &'static [&'static str] = &["06:00", "23:59:30"];
}

impl FromStr for TimeOfDay {
    type Err = String;

    fn from_str(text: &str) -> Result<TimeOfDay, String> {
        let wrong = || format!("`{text}` is not a time of day; write hours and minutes, such as 06:00 or 18:30");
        let mut parts = text.split(':').map(|part| match part.as_bytes() {
            [a, b] if a.is_ascii_digit() && b.is_ascii_digit() => part.parse::<i8>().ok(),
            _ => None,
        });
        let mut next = || parts.next();
        let (hour, minute, second, rest) = (next().flatten(), next().flatten(), next(), next());
        let (Some(hour), Some(minute), None) = (hour, minute, rest) else { return Err(wrong()) };
        let second = second.map_or(Some(0), |second| second).filter(|second| *second < 60).ok_or_else(wrong)?;
        Time::new(hour, minute, second, 0).map(TimeOfDay).map_err(|_| wrong())
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())?;
        if self.0.second() == 0 { Ok(()) } else { write!(f, ":{:02}", self.0.second()) }
    }
}

impl ClockConfig {
    pub(super) fn validate(&self, path: &str, complaints: &mut Complaints<'_>) {
        let both = "both `at` and `every` are given; keep one, and make a second sensor of the other";
        match self.every {
            Some(_) if !self.at.is_empty() => complaints.add(format!("{path}.every"), both),
            Some(every) if every < seconds(1) || every > seconds(24 * 3600) || every.0.subsec_nanos() != 0 => {
                complaints.add(format!("{path}.every"), format!("{every} is not whole seconds between 1s and 24h"));
            }
            None if self.at.is_empty() => {
                complaints.add(path, "no time is given; write `at: [\"06:00\"]` or `every: 1h`");
            }
            _ => {}
        }
        if self.trigger.cameras.as_ref().is_some_and(Vec::is_empty) {
            let message = "no camera is triggered; name its view, such as `trigger: [Mailbox]`";
            complaints.add(format!("{path}.trigger"), message);
        }
        if !self.trigger.min_duration.0.is_zero() {
            let message = "a point in time does not last, so this would never trigger; leave it out";
            complaints.add(format!("{path}.trigger.min_duration"), message);
        }
    }
}
