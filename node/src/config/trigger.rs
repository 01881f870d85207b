//! Which cameras something triggers, and when.

use picket_common::config::{Complaints, Duration, nearest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::send::Frames;
use super::{CameraConfig, DetectorConfig, EventSend, seconds};

/// Longer than this no frames are held back, before an event or until it has lasted long enough.
pub(super) const LONGEST: Duration = seconds(600);

/// What a sensor makes cameras do: a list of views, or with all that can be said,
/// `{cameras: [Mailbox], send: {before: 5s, during: 2/s, after: 5s}, min_duration: 1s, cool_down: 1m}`.
/// The sensor's events are told in any case; this decides on frames. What is over at once, such as a time of day,
/// keeps those from before, the next one, and those from after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Written")]
pub struct TriggerConfig {
    /// The views whose frames are kept; none means all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cameras: Option<Vec<String>>,
    /// Which frames.
    pub send: Frames,
    /// It must last so long before frames are kept.
    pub min_duration: Duration,
    /// So long after the last frame of one event none are kept for another.
    pub cool_down: Duration,
}

/// Triggers nothing: what a sensor without `trigger:` does.
impl Default for TriggerConfig {
    fn default() -> Self {
        Written::Cameras(Vec::new()).into()
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Written {
    Cameras(Vec<String>),
    All(All),
}

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
struct All {
    /// The views whose frames are kept. Default: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    cameras: Option<Vec<String>>,
    /// Which frames. Default: `{before: 5, during: 2/s, after: 5}`.
    send: Frames,
    /// It must last so long before frames are kept; those from `before` its start are then kept too. Default: 0s.
    min_duration: Duration,
    /// So long after the last frame of one event none are kept for another that begins. Default: 0s.
    cool_down: Duration,
}

impl From<Written> for TriggerConfig {
    fn from(written: Written) -> TriggerConfig {
        let All { cameras, send, min_duration, cool_down } = match written {
            Written::Cameras(cameras) => All { cameras: Some(cameras), ..All::default() },
            Written::All(all) => all,
        };
        TriggerConfig { cameras, send, min_duration, cool_down }
    }
}

/// When a detector's events keep frames, and which other cameras keep theirs then. The events are told in any case.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DetectorTrigger {
    /// The views of further cameras, which keep frames too, those that `send` says. Default: none.
    pub cameras: Vec<String>,
    /// An event must last so long before frames are kept; those from `before` its start are then kept too.
    /// Default: 0s.
    pub min_duration: Duration,
    /// So long after the last frame of one event none are kept for another that begins. Default: 0s.
    pub cool_down: Duration,
}

impl TriggerConfig {
    /// Whether frames of `view` are kept.
    pub fn names(&self, view: &str) -> bool {
        self.cameras.as_ref().is_none_or(|cameras| cameras.iter().any(|camera| camera == view))
    }

    /// What a detector makes further cameras do; none where it has no frames to keep.
    pub fn of(detector: &DetectorConfig) -> Option<TriggerConfig> {
        let DetectorTrigger { cameras, min_duration, cool_down } = detector.trigger().clone();
        let EventSend::Frames(send) = *detector.send() else { return None };
        Some(TriggerConfig { cameras: Some(cameras), send, min_duration, cool_down })
    }

    /// What is wrong with a sensor's, which stands at `path`.
    pub(super) fn validate(&self, path: &str, cameras: &[CameraConfig], complaints: &mut Complaints<'_>) {
        let views = self.cameras.as_deref().unwrap_or_default();
        views_exist(views, &format!("{path}.cameras"), cameras, complaints);
        self.send.validate(&format!("{path}.send"), complaints);
        not_too_long(self.min_duration, path, complaints);
    }
}

impl DetectorTrigger {
    /// What is wrong with that of a detector of the camera `own`.
    pub(super) fn validate(
        &self,
        (detector, own): (&DetectorConfig, &CameraConfig),
        path: &str,
        cameras: &[CameraConfig],
        complaints: &mut Complaints<'_>,
    ) {
        if *self != DetectorTrigger::default() && !matches!(detector.send(), EventSend::Frames(_)) {
            let message = "`trigger` decides on the frames around an event, and `send` keeps none; write \
                           `send: {before: 5, during: 2/s, after: 5}`, or leave `trigger` out";
            complaints.add(path, message);
        }
        for (index, view) in self.cameras.iter().enumerate() {
            if own.view.as_ref() == Some(view) {
                let message = format!("`{view}` is the detector's own camera, which keeps frames anyway; leave it out");
                complaints.add(format!("{path}.cameras[{index}]"), message);
            }
        }
        views_exist(&self.cameras, &format!("{path}.cameras"), cameras, complaints);
        not_too_long(self.min_duration, path, complaints);
    }
}

fn views_exist(views: &[String], path: &str, cameras: &[CameraConfig], complaints: &mut Complaints<'_>) {
    let known: Vec<&str> = cameras.iter().filter_map(|camera| camera.view.as_deref()).collect();
    for (index, view) in views.iter().enumerate() {
        if known.contains(&view.as_str()) {
            continue;
        }
        let which = match (nearest(view, &known), known.as_slice()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, []) => "the only camera has none; leave `cameras` out".to_owned(),
            (None, known) => format!("there is {}", known.join(", ")),
        };
        complaints.add(format!("{path}[{index}]"), format!("no camera has the view `{view}`; {which}"));
    }
}

/// Until then the frames are held in memory.
fn not_too_long(min_duration: Duration, path: &str, complaints: &mut Complaints<'_>) {
    if min_duration > LONGEST {
        complaints.add(format!("{path}.min_duration"), format!("{min_duration} is too long; write at most {LONGEST}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_cameras_and_what_names_none_means_all() {
        let check = |written: &str, door: bool, cool_down: u64| {
            let trigger: TriggerConfig = serde_json::from_str(written).unwrap();
            assert_eq!((trigger.names("Door"), trigger.cool_down), (door, seconds(cool_down)), "{written}");
            assert_eq!(trigger.send, Frames::default(), "{written}");
            // As `check` shows it.
            let shown = serde_json::to_string(&trigger).unwrap();
            assert_eq!(serde_json::from_str::<TriggerConfig>(&shown).unwrap(), trigger, "{shown}");
        };
        check(r#"["Door"]"#, true, 0);
        check(r#"["Yard"]"#, false, 0);
        check("[]", false, 0);
        check("{}", true, 0);
        check(r#"{"cool_down": "1m"}"#, true, 60);
        check(r#"{"cameras": ["Yard"], "cool_down": "1m"}"#, false, 60);
        assert!(!TriggerConfig::default().names("Door"));
    }
}
