//! What a configuration must fulfil beyond its schema, each rule in a function of its own.

use picket_common::config::{Complaints, Duration, Foreign, Format, Percent, Validate};

use super::{
    Amount, CameraConfig, CameraSend, DetectorConfig, EventSend, HttpConfig, NodeConfig, Rate, Resize, Resolution,
    SensorMode, SourceConfig, When, detector, gpio, lamp, output, seconds, sensor, source,
};
use super::{FrameSize, Framerate, Roi};

impl Validate for NodeConfig {
    fn formats() -> Vec<Format> {
        let mut formats = vec![
            Format::of::<Resolution>(),
            Format::of::<Resize>(),
            Format::of::<Framerate>(),
            Format::of::<Amount>(),
            Format::of::<Rate>(),
            Format::of::<When>(),
            detector::ODD,
            source::RTSP,
            source::v4l2::DEVICE,
            Format::of::<SensorMode>(),
            source::HTTP,
            Format::of::<FrameSize>(),
            source::tcp::CONNECT,
            source::tcp::LISTEN,
            gpio::GPIO,
        ];
        formats.extend(sensor::formats());
        formats
    }

    fn foreign() -> Option<Foreign> {
        let keys = &[
            "hub_address",
            "node.print_settings",
            "node.queuemax",
            "node.patience",
            "node.stall_watcher",
            "node.REP_watcher",
            "node.send_threading",
            "node.send_type",
        ];
        Some(Foreign { program: "imagenode", keys, instead: "picket-node migrate" })
    }

    fn validate(&self, complaints: &mut Complaints<'_>) {
        at_least_a_second("node.heartbeat", self.node.heartbeat, complaints);
        self.hub.validate(complaints);
        self.spool.validate(self.hub.protocol, complaints);
        if self.cameras.is_empty() && self.sensors.is_empty() && self.lights.is_empty() {
            let example = "cameras: [{source: {kind: pattern}}]";
            complaints.add("cameras", format!("there is no camera and no sensor; add one, such as `{example}`"));
        }
        views_tell_cameras_apart(&self.cameras, complaints);
        each_device_has_one_camera(&self.cameras, complaints);
        for (index, camera) in self.cameras.iter().enumerate() {
            validate_camera(camera, &format!("cameras[{index}]"), &self.cameras, complaints);
        }
        for (index, sensor) in self.sensors.iter().enumerate() {
            if let Some(trigger) = sensor.trigger() {
                trigger.validate(&format!("sensors[{index}].trigger"), &self.cameras, complaints);
            }
        }
        sensor::validate(&self.sensors, complaints);
        gpio::each_pin_has_one_user(self, complaints);
        lamp::validate(self, complaints);
        output::validate(self, complaints);
    }
}

fn views_tell_cameras_apart(cameras: &[CameraConfig], complaints: &mut Complaints<'_>) {
    for (index, camera) in cameras.iter().enumerate() {
        let path = format!("cameras[{index}].view");
        match &camera.view {
            None if cameras.len() > 1 => {
                complaints.add(path, "there are several cameras: give each a `view`, such as `view: Mailbox`");
            }
            Some(view) if cameras[..index].iter().any(|other| other.view.as_ref() == Some(view)) => {
                complaints.add(path, format!("two cameras have the view `{view}`; give each its own"));
            }
            _ => {}
        }
    }
}

/// The second program that opens a camera is refused by it, again and again.
fn each_device_has_one_camera(cameras: &[CameraConfig], complaints: &mut Complaints<'_>) {
    let sources: Vec<&SourceConfig> = cameras.iter().map(|camera| &camera.source).collect();
    for (index, source) in sources.iter().enumerate() {
        let Some((key, device, example)) = device(source) else { continue };
        let same = |other: &&SourceConfig| device_of(other) == device_of(source);
        if let Some(first) = sources[..index].iter().position(same) {
            let message = format!(
                "cameras[{first}] has {device} already, and a camera serves one reader only; write the other camera's, \
                 such as `{example}`, or give the one camera both cameras' detectors"
            );
            complaints.add(format!("cameras[{index}].source.{key}"), message);
        }
    }
}

/// The key that chooses a source's device, what it has chosen, and what to write for another.
fn device(source: &SourceConfig) -> Option<(&'static str, String, &'static str)> {
    match source {
        SourceConfig::Picamera(pi) if pi.camera == 0 => Some(("camera", "camera 0".to_owned(), "camera: 1")),
        SourceConfig::Picamera(pi) => Some(("camera", format!("camera {}", pi.camera), "camera: 0")),
        SourceConfig::V4l2(webcam) => Some(("device", webcam.device.clone(), "device: /dev/video2")),
        _ => None,
    }
}

fn device_of(source: &SourceConfig) -> Option<(&'static str, String)> {
    device(source).map(|(key, device, _)| (key, device))
}

fn validate_camera(camera: &CameraConfig, path: &str, all: &[CameraConfig], complaints: &mut Complaints<'_>) {
    if let CameraSend::Every(every) = camera.send {
        not_all_the_time(&format!("{path}.send.every"), every, complaints);
    }
    match &camera.source {
        SourceConfig::Rtsp { user, password_file, .. } | SourceConfig::Http(HttpConfig { user, password_file, .. }) => {
            source::address::login_is_whole(user.as_ref(), password_file.as_ref(), path, complaints);
        }
        SourceConfig::V4l2(webcam) => source::v4l2::validate(webcam, &format!("{path}.source"), complaints),
        SourceConfig::Command { program, .. } if program.first().is_some_and(|program| program.trim().is_empty()) => {
            complaints.add(format!("{path}.source.program"), "the program has no name; write it first in the list");
        }
        SourceConfig::ImagezmqSub(config) => {
            source::imagezmq_sub::validate(config, &format!("{path}.source"), complaints);
        }
        SourceConfig::TcpPickle(tcp) => tcp.validate(&format!("{path}.source"), complaints),
        SourceConfig::TcpRaw(tcp) => tcp.validate(&format!("{path}.source"), complaints),
        SourceConfig::Picamera(picamera) => picamera.validate(&format!("{path}.source"), complaints),
        _ => {}
    }
    for (index, detector) in camera.detectors.iter().enumerate() {
        let path = format!("{path}.detectors[{index}]");
        if camera.detectors[..index].iter().any(|other| other.name() == detector.name()) {
            let message = format!("two detectors are called `{}`; give each a `name` of its own", detector.name());
            complaints.add(format!("{path}.name"), message);
        }
        validate_detector(detector, &path, complaints);
        detector.trigger().validate((detector, camera), &format!("{path}.trigger"), all, complaints);
    }
}

fn validate_detector(detector: &DetectorConfig, path: &str, complaints: &mut Complaints<'_>) {
    corners_are_ordered(detector.roi(), &format!("{path}.roi"), complaints);
    match detector.send() {
        EventSend::Every(every) => not_all_the_time(&format!("{path}.send.every"), *every, complaints),
        EventSend::Frames(frames) => frames.validate(&format!("{path}.send"), complaints),
        EventSend::None | EventSend::Continuous => {}
    }
}

pub(super) fn corners_are_ordered(
    Roi([[left, top], [right, bottom]]): &Roi,
    path: &str,
    complaints: &mut Complaints<'_>,
) {
    if left == right || top == bottom {
        let message =
            "the region is empty; write its left upper and its right lower corner, such as [[0, 40], [100, 100]]";
        complaints.add(path, message);
    } else if left > right || top > bottom {
        let ordered = |a: &Percent, b: &Percent| if a < b { (*a, *b) } else { (*b, *a) };
        let ((left, right), (top, bottom)) = (ordered(left, right), ordered(top, bottom));
        let message = format!("the left upper corner comes first; write [[{left}, {top}], [{right}, {bottom}]]");
        complaints.add(path, message);
    }
}

pub(super) fn at_least_a_second(path: &str, time: Duration, complaints: &mut Complaints<'_>) {
    if time < seconds(1) {
        complaints.add(path, format!("{time} is too short; write 1s or more"));
    }
}

fn not_all_the_time(path: &str, every: Duration, complaints: &mut Complaints<'_>) {
    if every.0.is_zero() {
        complaints.add(path, "0s would be all the time; write `send: continuous`, or a time such as 10m");
    }
}
