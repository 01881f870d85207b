//! A lamp or illuminator: where it is connected, when it is on, and how bright.

mod occasion;
mod rules;
mod when;

use picket_common::config::{Duration, Percent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::occasion::Occasion;
pub(super) use self::rules::validate;
pub use self::when::{Span, When, Whens};
use super::seconds;

/// A lamp or illuminator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-instead" = {
    "on": "when", "if": "when", "pin": "gpio", "brightness": "level", "after": "linger", "for": "linger"
}))]
pub struct LampConfig {
    /// What it is called, different from the node's other lamps; its events are `Node lamp|lamp|on` and `off`.
    #[schemars(extend("format" = "picket-name"))]
    pub name: String,
    /// The pin, by its BCM number, 2 to 27: GPIO18, which is the header's pin 12, is 18.
    #[schemars(extend("format" = "picket-gpio"), range(min = 2, max = 27))]
    pub gpio: u8,
    /// When it is on: `always`; `dusk..dawn`, `23:00..05:00`, `dusk..23:00` or `05:00..dawn`; `with pir`, while an
    /// input (`pir`), a camera's detectors (`Mailbox`) or one of them (`Mailbox/road`) are active; or both, `dusk..dawn
    /// with pir`. Of several in a list any one suffices.
    ///
    /// Times of day are local, and go by what the clock shows: a time that the change to summer time leaves out does
    /// not come that night, one that the change back repeats comes twice. Dusk and dawn are when the sun is 6 degrees
    /// below the horizon, if the node has a `place`, and otherwise, or with `dusk:`, when a camera sees it. Until the
    /// machine's clock is set, what goes by it leaves the lamp in its `safe` state.
    pub when: Whens,
    /// How long it stays on after the input or detector is no longer active. Default: 10s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linger: Option<Duration>,
    /// How dusk and dawn are told by a camera's pictures, though the node has a `place`, or when the usual values do not
    /// do. So that the camera sees how it is without the lamp, it is dark for some seconds before a night ends, and once
    /// an hour where its light looks like day. Default: the first camera, if the node has no `place`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dusk: Option<DuskConfig>,
    /// How bright it is, more than 0%; less than 100% by switching it on and off fast (PWM). Default: 100%.
    #[serde(default = "full")]
    pub level: Percent,
    /// How long it takes to become bright, and dark again, by PWM, at most 1h. Default: 0s.
    #[serde(default)]
    pub fade: Duration,
    /// How often a second PWM switches it, 10 to 20000; at most 200 where it is done by program: the chip
    /// itself does it for GPIO12, 13, 18 and 19, with `dtoverlay=pwm-2chan` in config.txt.
    /// Default: 1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 10, max = 20_000))]
    pub frequency: Option<u32>,
    /// It is on while the pin is low, as with many relay boards. Default: false.
    #[serde(default)]
    pub active_low: bool,
    /// Its state while it is not known whether it should be on, once the node stops, and after a crash. Default: off.
    #[serde(default)]
    pub safe: Switch,
}

/// How dusk and dawn are told by a camera's pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DuskConfig {
    /// The view whose brightness counts. Default: the first camera's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub camera: Option<String>,
    /// It is dark when the picture's mean grey, 0 to 255, is below this. Default: 40.
    pub dark_below: u8,
    /// It is day when the picture's mean grey, without what the lamp itself adds, is at least this. Default: 70.
    pub bright_above: u8,
    /// How long the pictures must agree, so that headlights or a hand on the lens change nothing, 1s to 1h.
    /// Default: 2m.
    pub settle: Duration,
}

/// Off or on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// Dark.
    #[default]
    Off,
    /// Lit, and fully so.
    On,
}

impl LampConfig {
    /// What [`LampConfig::linger`] is where it is left out.
    pub const LINGER: Duration = seconds(10);
    /// What [`LampConfig::frequency`] is where it is left out, in Hz.
    pub const FREQUENCY: u32 = 1000;

    /// Whether it takes more than on and off.
    pub fn is_dimmed(&self) -> bool {
        self.level.0 < 100.0 || !self.fade.0.is_zero()
    }
}

impl Default for DuskConfig {
    fn default() -> Self {
        DuskConfig { camera: None, dark_below: 40, bright_above: 70, settle: seconds(120) }
    }
}

fn full() -> Percent {
    Percent(100.0)
}
