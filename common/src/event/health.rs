//! How a node is, as its heartbeats carry it. What a machine does not tell is left out; a reader takes what is
//! missing for unknown and passes over what it does not know, so that old and new nodes and hubs mix.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::time::ClockState;

/// What a heartbeat says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HealthData {
    /// The version of the node's program.
    pub version: String,
    /// The machine's serial number or id.
    pub hardware: String,
    /// Since the machine started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uptime_s: Option<u64>,
    /// Whether the node's wall clock can be believed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<ClockState>,
    /// How many seconds the node's wall clock was ahead of the hub's when the heartbeat came; negative is behind. The
    /// node does not send it: the hub adds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_ahead_s: Option<i64>,
    /// Of the processor, in degrees Celsius.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature_c: Option<f64>,
    /// What a Pi says of its supply and of its heat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub power: Option<PowerHealth>,
    /// Processes that want to run, over the last minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<f64>,
    /// Processors; a load above this is too much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpus: Option<u32>,
    /// The machine's memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_total_bytes: Option<u64>,
    /// What of it can be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_available_bytes: Option<u64>,
    /// What the node's program itself has in memory, without its child processes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_own_bytes: Option<u64>,
    /// The file system that the node writes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk: Option<DiskHealth>,
    /// What waits on the disk, where the node has a spool there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spool: Option<SpoolHealth>,
    /// The wireless network, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wifi: Option<WifiHealth>,
    /// Its cameras, in the order of its configuration.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cameras: Vec<CameraHealth>,
    /// Messages that the hub has not acknowledged yet.
    pub waiting_messages: u64,
    /// Their bytes.
    pub waiting_bytes: u64,
    /// For how long the oldest of them has waited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_oldest_s: Option<u64>,
    /// Events dropped for want of room, since the node's start.
    pub dropped_events: u64,
    /// Images dropped for want of room, since the node's start.
    pub dropped_images: u64,
    /// Messages that the hub has refused for good, since the node's start.
    pub refused: u64,
}

impl HealthData {
    /// What `data` says of a node's health; none if it says nothing that is understood.
    pub fn read(data: &Value) -> Option<HealthData> {
        data.as_object()?;
        HealthData::deserialize(data).ok()
    }
}

/// What a Pi's firmware says of the supply and of the heat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PowerHealth {
    /// What is the case now.
    pub now: PowerFlags,
    /// What was the case at some time since the machine, or at least the node's program, has started.
    pub since_boot: PowerFlags,
}

/// What the firmware can complain of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PowerFlags {
    /// The supply gives less than 4.63 V.
    pub under_voltage: bool,
    /// The processor is held below its highest frequency.
    pub frequency_capped: bool,
    /// The processor is slowed down.
    pub throttled: bool,
    /// It is so hot that it is slowed down a little.
    pub soft_temperature_limit: bool,
}

/// How full a file system is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DiskHealth {
    /// Its size.
    pub total_bytes: u64,
    /// What the node may still write.
    pub free_bytes: u64,
}

impl DiskHealth {
    /// 0 to 1.
    pub fn free_share(&self) -> f64 {
        if self.total_bytes == 0 { 0.0 } else { self.free_bytes as f64 / self.total_bytes as f64 }
    }
}

/// How a node's spool on the disk is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SpoolHealth {
    /// Messages that wait there.
    pub disk_messages: u64,
    /// Their bytes.
    pub disk_bytes: u64,
    /// Why it cannot be used now, in words; none when nothing is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// For how many seconds its disk has not answered; left out while it does, or takes less than half a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stuck_s: Option<u64>,
}

/// How well the wireless network is received.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WifiHealth {
    /// The interface's name: `wlan0`.
    pub interface: String,
    /// -30 is next to the access point, -67 is good, -80 is hardly enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal_dbm: Option<f64>,
    /// The driver's own figure; most count to 70.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_quality: Option<f64>,
}

/// How a camera is. Counts are since the node's start.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CameraHealth {
    /// Its view; a node's only camera may have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<String>,
    /// Frames that came.
    pub frames: u64,
    /// A second, since the last heartbeat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frames_per_second: Option<f64>,
    /// Frames that could not be decoded and were passed over.
    pub passed_over: u64,
    /// Frames that were lost on their way from it: damaged, cut short, or said to be missing.
    pub missed: u64,
    /// How often it was lost, and opened again.
    pub reopenings: u64,
    /// For how long it has been lost, while it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_s: Option<u64>,
    /// How long a frame may take before the camera counts as lost; long where few frames are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience_s: Option<u64>,
    /// How long ago the last frame came; none if none has come yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_frame_s: Option<u64>,
    /// How it exposed one of its last frames, where it tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure: Option<ExposureHealth>,
    /// Its footage is over and there are no more frames to come.
    #[serde(skip_serializing_if = "is_false")]
    pub ended: bool,
}

/// How a camera exposed a frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExposureHealth {
    /// For how long.
    pub time_us: u64,
    /// How much it was amplified in the sensor.
    pub gain: f64,
    /// How bright the scene is, by the camera's own estimate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lux: Option<f64>,
    /// Of the light, in kelvin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour_temperature: Option<f64>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_older_and_a_newer_nodes_health_are_read() {
        let check = |data: Value, expected: Option<HealthData>| assert_eq!(HealthData::read(&data), expected, "{data}");
        let old = json!({"version": "0.1.0", "uptime_s": 7, "load": 0.5, "waiting_messages": 3});
        let read = HealthData {
            version: "0.1.0".into(),
            uptime_s: Some(7),
            load: Some(0.5),
            waiting_messages: 3,
            ..HealthData::default()
        };
        check(old, Some(read));
        let new =
            json!({"aura": "fine", "clock": "atomic", "disk": {"free_bytes": 5, "smell": 1}, "cameras": [{"tilt": 3}]});
        let read = HealthData {
            clock: Some(ClockState::Unknown),
            disk: Some(DiskHealth { total_bytes: 0, free_bytes: 5 }),
            cameras: vec![CameraHealth::default()],
            ..HealthData::default()
        };
        check(new, Some(read));
        check(json!({}), Some(HealthData::default()));
        check(Value::Null, None);
        check(json!("well"), None);
        check(json!({"uptime_s": "long"}), None);
    }

    #[test]
    fn what_is_not_known_is_not_sent() {
        let data = crate::event::to_value(&HealthData { temperature_c: Some(52.1), ..HealthData::default() });
        let expected = json!({
            "version": "", "hardware": "", "temperature_c": 52.1, "waiting_messages": 0, "waiting_bytes": 0,
            "dropped_events": 0, "dropped_images": 0, "refused": 0,
        });
        assert_eq!(data, expected);
    }
}
