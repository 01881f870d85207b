//! From a Pi camera's keys to its program's arguments. Only builds command lines; runs nothing.
//!
//! Each is one word, `--name=value`, so that no value is taken for an option, as `-1` might be.

use std::ffi::OsString;
use std::fmt::Display;

use picket_common::config::Percent;

use crate::config::{Autofocus, CameraFormat, PicameraConfig, Roi, SourceConfig};

/// For frames without end, and what the camera says of each in the file `metadata`.
pub(super) fn stream(config: &PicameraConfig, metadata: Option<String>) -> Vec<OsString> {
    let mut list = List::of(config);
    list.put("timeout", 0);
    list.put("framerate", config.framerate.unwrap_or(SourceConfig::FRAMERATE));
    list.maybe("shutter", config.shutter.map(|shutter| shutter.0.as_micros()));
    if let Some(metadata) = metadata {
        // As lines, because each is whole when it is written, which JSON is only at the end.
        list.put("metadata", metadata);
        list.put("metadata-format", "txt");
    }
    list.0
}

/// For one frame of the same kind, as soon as may be: neither its exposure nor the frames' rate changes its layout.
pub(super) fn probe(config: &PicameraConfig) -> Vec<OsString> {
    let mut list = List::of(config);
    list.put("frames", 1);
    list.0
}

struct List(Vec<OsString>);

impl List {
    /// What every run has.
    fn of(config: &PicameraConfig) -> List {
        let mut list = List(vec![]);
        list.flag("nopreview");
        list.flag("flush");
        list.put("output", "-");
        list.put("camera", config.camera);
        list.put("codec", config.format.word());
        if config.format == CameraFormat::Mjpeg {
            list.maybe("quality", config.jpeg_quality);
        }
        let resolution = config.resolution.unwrap_or(PicameraConfig::RESOLUTION);
        list.put("width", resolution.width);
        list.put("height", resolution.height);
        list.maybe("mode", config.mode.as_ref());
        list.maybe("buffer-count", config.buffer_count);
        list.turn(config);
        list.maybe("roi", config.region.as_ref().map(fractions));
        list.look(config);
        if let Some(autofocus) = &config.autofocus {
            list.focus(autofocus);
        }
        if let Some(file) = &config.tuning_file {
            let mut argument = OsString::from("--tuning-file=");
            argument.push(file);
            list.0.push(argument);
        }
        list
    }

    fn turn(&mut self, config: &PicameraConfig) {
        match config.mirrored() {
            (false, false) => {}
            (true, false) => self.flag("hflip"),
            (false, true) => self.flag("vflip"),
            (true, true) => self.put("rotation", 180),
        }
    }

    /// How light becomes pixels.
    fn look(&mut self, config: &PicameraConfig) {
        self.maybe("exposure", config.exposure.map(|exposure| exposure.word()));
        self.maybe("gain", config.gain);
        self.maybe("ev", config.ev);
        self.maybe("metering", config.metering.map(|metering| metering.word()));
        self.maybe("flicker-period", config.flicker_period.map(|period| format!("{}us", period.0.as_micros())));
        self.maybe("awb", config.awb.map(|awb| awb.word()));
        self.maybe("awbgains", config.awb_gains.map(|[red, blue]| format!("{red},{blue}")));
        self.maybe("brightness", config.brightness);
        self.maybe("contrast", config.contrast);
        self.maybe("saturation", config.saturation);
        self.maybe("sharpness", config.sharpness);
        self.maybe("denoise", config.denoise.map(|denoise| denoise.word()));
        self.maybe("hdr", config.hdr.map(|hdr| hdr.word()));
    }

    fn focus(&mut self, autofocus: &Autofocus) {
        self.maybe("autofocus-mode", autofocus.mode.map(|mode| mode.word()));
        self.maybe("autofocus-range", autofocus.range.map(|range| range.word()));
        self.maybe("autofocus-speed", autofocus.speed.map(|speed| speed.word()));
        self.maybe("autofocus-window", autofocus.window.as_ref().map(fractions));
        self.maybe("lens-position", autofocus.lens_position);
    }

    fn flag(&mut self, name: &str) {
        self.0.push(format!("--{name}").into());
    }

    fn put(&mut self, name: &str, value: impl Display) {
        self.0.push(format!("--{name}={value}").into());
    }

    fn maybe(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }
}

/// `x,y,width,height`, each as a share of 1.
fn fractions(Roi([[left, top], [right, bottom]]): &Roi) -> String {
    let share = |from: &Percent, to: &Percent| ((to.0 - from.0) * 10_000.0).round() / 1_000_000.0;
    let none = Percent(0.0);
    [share(&none, left), share(&none, top), share(left, right), share(top, bottom)].map(|n| n.to_string()).join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The arguments of a stream, from a source's keys as JSON; without those that every one has.
    fn check(keys: serde_json::Value, expected: &[&str]) {
        let config: PicameraConfig = serde_json::from_value(keys).unwrap();
        let every = stream(&PicameraConfig::default(), None);
        let own: Vec<_> = stream(&config, None).into_iter().filter(|argument| !every.contains(argument)).collect();
        assert_eq!(own, expected);
    }

    #[test]
    fn without_any_key_the_programs_own_defaults_hold() {
        let every = stream(&PicameraConfig::default(), Some("/dev/null".into()));
        let expected = "--nopreview --flush --output=- --camera=0 --codec=yuv420 --width=1280 --height=720 --timeout=0 \
                        --framerate=10 --metadata=/dev/null --metadata-format=txt";
        assert_eq!(every, expected.split(' ').collect::<Vec<_>>());
    }

    #[test]
    fn every_key_becomes_an_argument() {
        let keys = serde_json::json!({
            "camera": 1, "resolution": "640x480", "framerate": 2.5, "format": "mjpeg", "jpeg_quality": 80,
            "hflip": true, "region": [[25, 12.5], [75, 100]], "mode": "2304:1296:10:P", "exposure": "sport",
            "shutter": "8.333ms", "gain": 2, "ev": -1.5, "metering": "spot", "awb_gains": [1.5, 1.25],
            "brightness": -0.2, "contrast": 1.1, "saturation": 0, "sharpness": 2, "denoise": "cdn_off",
            "flicker_period": "10ms", "hdr": "single-exp", "tuning_file": "/a b.json", "buffer_count": 4,
            "autofocus": {"mode": "manual", "range": "macro", "speed": "fast", "window": [[0, 0], [50, 50]],
                          "lens_position": 0.5},
        });
        check(
            keys,
            &[
                "--camera=1",
                "--codec=mjpeg",
                "--quality=80",
                "--width=640",
                "--height=480",
                "--mode=2304:1296:10:P",
                "--buffer-count=4",
                "--hflip",
                "--roi=0.25,0.125,0.5,0.875",
                "--exposure=sport",
                "--gain=2",
                "--ev=-1.5",
                "--metering=spot",
                "--flicker-period=10000us",
                "--awbgains=1.5,1.25",
                "--brightness=-0.2",
                "--contrast=1.1",
                "--saturation=0",
                "--sharpness=2",
                "--denoise=cdn_off",
                "--hdr=single-exp",
                "--autofocus-mode=manual",
                "--autofocus-range=macro",
                "--autofocus-speed=fast",
                "--autofocus-window=0,0,0.5,0.5",
                "--lens-position=0.5",
                "--tuning-file=/a b.json",
                "--framerate=2.5",
                "--shutter=8333",
            ],
        );
        check(serde_json::json!({"awb": "cloudy", "exposure": "long"}), &["--exposure=long", "--awb=cloudy"]);
    }

    #[test]
    fn mirrors_are_added_up() {
        use serde_json::json;
        check(json!({"rotation": 180}), &["--rotation=180"]);
        check(json!({"hflip": true, "vflip": true}), &["--rotation=180"]);
        check(json!({"rotation": 180, "hflip": true}), &["--vflip"]);
        check(json!({"rotation": 180, "hflip": true, "vflip": true}), &[]);
    }

    #[test]
    fn shares_are_plain_decimals() {
        let roi = |corners: [[f64; 2]; 2]| fractions(&Roi(corners.map(|corner| corner.map(Percent))));
        assert_eq!(roi([[33.3, 0.1], [66.6, 99.9]]), "0.333,0.001,0.333,0.998");
        assert_eq!(roi([[0.0, 0.0], [100.0, 100.0]]), "0,0,1,1");
    }

    #[test]
    fn a_probe_waits_for_no_long_exposure() {
        let config: PicameraConfig =
            serde_json::from_value(serde_json::json!({"framerate": 0.1, "shutter": "9s", "gain": 2})).unwrap();
        let probe = probe(&config);
        assert!(probe.contains(&"--frames=1".into()) && probe.contains(&"--gain=2".into()));
        let text = probe.join(" ".as_ref()).into_string().unwrap();
        assert!(!text.contains("shutter") && !text.contains("framerate") && !text.contains("timeout"), "{text}");
    }
}
