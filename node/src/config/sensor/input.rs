//! A pin that is high or low.

use picket_common::config::{Complaints, Duration};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::TriggerConfig;

/// A pin that is high or low: active while it is high, or while it is low with `active_low`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-instead" = {
    "pin": "gpio", "bcm": "gpio", "bounce": "debounce", "cameras": "trigger", "triggers": "trigger",
    "min_duration": "trigger: {min_duration: ...}", "cool_down": "trigger: {cool_down: ...}",
    "send": "trigger: {send: ...}"
}))]
pub struct InputConfig {
    /// What it is called, different from the node's other sensors; its events are told under it.
    #[schemars(extend("format" = "picket-name"))]
    pub name: String,
    /// The pin, by its BCM number, 2 to 27: GPIO17, which is the header's pin 11, is 17.
    #[schemars(extend("format" = "picket-gpio"), range(min = 2, max = 27))]
    pub gpio: u8,
    /// Whether it is active while it is low: a switch or button that connects the pin to ground. Default: false.
    #[serde(default)]
    pub active_low: bool,
    /// What holds the pin while nothing drives it, `up`, `down` or `off`. A switch or button needs one; a PIR drives
    /// its pin itself and minds none. Default: towards inactive, which is down, or up with `active_low`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull: Option<PullConfig>,
    /// It must stay active or inactive so long before it counts, at most 10s: switches bounce, and long wires catch
    /// what is no signal. Default: 50ms.
    #[serde(default = "default_debounce")]
    pub debounce: Duration,
    /// The cameras whose frames are kept while it is active. Default: none.
    #[serde(default)]
    pub trigger: TriggerConfig,
}

/// What holds a pin while nothing drives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PullConfig {
    /// Towards 3.3 V.
    Up,
    /// Towards ground.
    Down,
    /// Nothing: there is a resistor on your board, or what is connected always drives the pin.
    Off,
}

fn default_debounce() -> Duration {
    Duration(std::time::Duration::from_millis(50))
}

impl InputConfig {
    /// What holds the pin.
    pub fn pull(&self) -> PullConfig {
        self.pull.unwrap_or(if self.active_low { PullConfig::Up } else { PullConfig::Down })
    }

    /// The rules beyond the schema.
    pub(in crate::config) fn validate(&self, path: &str, complaints: &mut Complaints<'_>) {
        if self.debounce.0 > std::time::Duration::from_secs(10) {
            complaints.add(format!("{path}.debounce"), format!("{} is too long; write at most 10s", self.debounce));
        }
        // 1.8 kΩ to 3.3 V, for I2C, on every model; the chip's own pull-down has some 50 kΩ.
        if matches!(self.gpio, 2 | 3) && self.pull() == PullConfig::Down {
            let message = format!(
                "GPIO{} is held up by a resistor on every Pi, and nothing pulls it down; use another pin, or a switch \
                 to ground with `active_low: true`",
                self.gpio
            );
            complaints.add(format!("{path}.gpio"), message);
        }
    }
}
