//! A Raspberry Pi's own camera: PiCamera's settings in the terms of `rpicam-vid`, where there is one. PiCamera's scales
//! from -100 to 100 say nothing of how strong they are, so that what is made of them is a beginning.

use picket_common::config::Duration;
use picket_common::config::migrate::{Block, Old, Plain, Report, tidy, within};

use super::picture;
use crate::config::{Awb, ExposureMode, Framerate, Metering, PicameraConfig, SourceConfig};

pub(super) const KEYS: [&str; 13] = [
    "resolution",
    "framerate",
    "exposure_mode",
    "iso",
    "shutter_speed",
    "sharpness",
    "contrast",
    "brightness",
    "exposure_compensation",
    "awb_mode",
    "awb_gains",
    "meter_mode",
    "saturation",
];

/// Those that only a Pi's camera has.
pub(super) const CONTROLS: [&str; 11] = [
    "exposure_mode",
    "iso",
    "shutter_speed",
    "sharpness",
    "contrast",
    "brightness",
    "exposure_compensation",
    "awb_mode",
    "awb_gains",
    "meter_mode",
    "saturation",
];

/// Keys of a version for picamera2 that is in imagenode's tests and never came out, with what they are here.
const LATER: [(&str, &str); 4] = [
    ("size", "`resolution:`"),
    ("auto_exposure", "off with a fixed `shutter:` and `gain:`"),
    ("exposure_time", "`shutter:`"),
    ("analog_gain", "`gain:`"),
];

/// The source of a Pi's camera.
pub(super) fn take(block: &mut Block, place: &str, report: &mut Report) -> SourceConfig {
    let mut source = PicameraConfig { resolution: Some(picture::USUAL), ..PicameraConfig::default() };
    let at = |key: &str| format!("{place}.{key}");
    match block.take("resolution") {
        Some(old) => source.resolution = picture::resolution(&old, &at("resolution"), report).or(source.resolution),
        None => report.remark(at("resolution"), "imagenode's default"),
    }
    source.framerate = Some(Framerate(32.0));
    match block.take("framerate") {
        Some(old) => source.framerate = picture::framerate(&old, &at("framerate"), report).or(source.framerate),
        None => report.remark(at("framerate"), "imagenode's default"),
    }
    if let Some(old) = block.take("src") {
        report.note(&old, place, "imagenode ignored it for a Pi's camera; of two cameras, `camera: 1` is the second");
    }
    for (key, here) in LATER {
        if let Some(old) = block.take(key) {
            report.note(&old, place, &format!("imagenode never came to read it; here it is {here}"));
        }
    }
    // Python's `if`: what is 0, off or empty was not set.
    for key in CONTROLS {
        if let Some(old) = block.take(key).filter(|old| is_control_set(old, place, report)) {
            control(&old, key, place, &mut source, report);
        }
    }
    SourceConfig::Picamera(Box::new(source))
}

/// Whether imagenode set it at all.
fn is_control_set(old: &Old, place: &str, report: &mut Report) -> bool {
    let is_off = old.value() == Plain::Bool(false);
    if is_off {
        let text = format!("imagenode took `{}` for False and left the camera at its default", old.shown());
        report.note(old, place, &text);
    } else if !old.is_true() && matches!(old.key(), "brightness") {
        report.note(old, place, "imagenode left the camera at its default brightness for 0");
    }
    old.is_true()
}

fn control(old: &Old, key: &str, place: &str, source: &mut PicameraConfig, report: &mut Report) {
    let at = |key: &str| format!("{place}.{key}");
    match key {
        "exposure_mode" => exposure(old, place, source, report),
        "iso" => {
            let Some(iso) = within(old, (100.0, 6400.0), &at("gain"), report) else { return };
            source.gain = Some(tidy(iso / 100.0));
            report.note(old, at("gain"), "a gain now, iso / 100");
        }
        "shutter_speed" => shutter(old, &at("shutter"), source, report),
        "exposure_compensation" => {
            let Some(sixths) = within(old, (-25.0, 25.0), &at("ev"), report) else { return };
            source.ev = Some(rounded(sixths / 6.0));
            report.note(old, at("ev"), "whole stops now, exposure_compensation / 6");
        }
        "brightness" => {
            let Some(brightness) = within(old, (0.0, 100.0), &at("brightness"), report) else { return };
            source.brightness = Some(rounded(brightness / 50.0 - 1.0));
            report.note(old, at("brightness"), "from -1 to 1 now, brightness / 50 - 1");
        }
        "contrast" => source.contrast = factor(old, &at("contrast"), report),
        "sharpness" => source.sharpness = factor(old, &at("sharpness"), report),
        "awb_mode" => white(old, place, source, report),
        "awb_gains" => never_read(old, place, gains(old), report),
        "meter_mode" => never_read(old, place, metering(old), report),
        _ => {
            let saturation = old.number().map(|number| format!("saturation: {}", as_factor(number)));
            never_read(old, place, saturation, report);
        }
    }
}

/// From PiCamera's -100 to 100, 0 being normal, to a factor, 1 being normal.
fn as_factor(number: f64) -> f64 {
    rounded(1.0 + number.clamp(-100.0, 100.0) / 100.0)
}

fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

fn factor(old: &Old, place: &str, report: &mut Report) -> Option<f64> {
    let number = within(old, (-100.0, 100.0), place, report)?;
    report.note(
        old,
        place,
        &format!("1 is normal now, 1 + {} / 100; look whether the picture is as it was", old.key()),
    );
    Some(as_factor(number))
}

fn exposure(old: &Old, place: &str, source: &mut PicameraConfig, report: &mut Report) {
    let place = format!("{place}.exposure");
    let (mode, text) = match old.word().unwrap_or_default() {
        "auto" => (None, "this is the default"),
        "sports" => (Some(ExposureMode::Sport), "it is called sport now"),
        "antishake" => (Some(ExposureMode::Sport), "the nearest there is: short times"),
        "night" | "nightpreview" | "verylong" => {
            (Some(ExposureMode::Long), "the nearest there is: long times, as long as a frame lasts at most")
        }
        "off" => (None, "it fixed the gain where it was; write `gain:` and `shutter:` for that"),
        "backlight" => (None, "no counterpart; `ev: 1` makes what stands before a window brighter"),
        "spotlight" => (None, "no counterpart; `metering: spot` goes by the middle of the picture"),
        "snow" | "beach" => (None, "no counterpart; `ev: 1` makes snow and sand as bright as they are"),
        "fireworks" | "fixedfps" => (None, "no counterpart; `shutter: 10ms` fixes the exposure time"),
        _ => (None, "no mode of PiCamera, at which imagenode stopped"),
    };
    source.exposure = mode;
    report.note(old, place, &format!("`{}`: {text}", old.shown()));
}

fn shutter(old: &Old, place: &str, source: &mut PicameraConfig, report: &mut Report) {
    let Some(microseconds) = within(old, (1.0, 200e6), place, report) else { return };
    // A frame's time: PiCamera shortened longer ones without a word.
    let rate = source.framerate.map_or(32.0, |Framerate(rate)| rate);
    let longest = (1e6 / rate).floor();
    if microseconds > longest {
        let text = format!(
            "{} microseconds are longer than a frame lasts, and the camera never did it; {longest} it is now",
            old.shown()
        );
        report.note(old, place, &text);
    }
    let microseconds = microseconds.min(longest).round().max(1.0);
    source.shutter = Some(Duration(std::time::Duration::from_micros(microseconds as u64)));
    report.note(old, place, "microseconds until now; any unit of time does");
}

fn white(old: &Old, place: &str, source: &mut PicameraConfig, report: &mut Report) {
    let (awb, text) = match old.word().unwrap_or_default() {
        "auto" => return report.keep(format!("{place}.awb")),
        "sunlight" => (Some(Awb::Daylight), "it is called daylight now"),
        "cloudy" => (Some(Awb::Cloudy), ""),
        "shade" => (Some(Awb::Cloudy), "the nearest there is"),
        "tungsten" => (Some(Awb::Tungsten), ""),
        "fluorescent" => (Some(Awb::Fluorescent), ""),
        "incandescent" => (Some(Awb::Incandescent), ""),
        "flash" => (Some(Awb::Daylight), "the nearest there is"),
        "off" => (None, "it needs gains, which imagenode never set; write `awb_gains: [1.5, 1.2]`"),
        "horizon" | "greyworld" => (None, "no counterpart; `awb_gains: [1.5, 1.2]` fixes the colours"),
        _ => (None, "no mode of PiCamera, at which imagenode stopped"),
    };
    source.awb = awb;
    if !text.is_empty() {
        report.note(old, format!("{place}.awb"), &format!("`{}`: {text}", old.shown()));
    }
}

/// Documented, but in no line of imagenode's program.
fn never_read(old: &Old, place: &str, wanted: Option<String>, report: &mut Report) {
    let hint = wanted.map_or_else(String::new, |wanted| format!("; what it asks for is `{wanted}` here"));
    report.note(old, place, &format!("imagenode never read it{hint}"));
}

fn gains(old: &Old) -> Option<String> {
    let [red, blue] = old.literal()?.numbers()?;
    let gain = |gain: f64| rounded(gain.clamp(0.1, 32.0));
    Some(format!("awb_gains: [{}, {}]", gain(red), gain(blue)))
}

fn metering(old: &Old) -> Option<String> {
    let metering = match old.word()? {
        "spot" => Metering::Spot,
        "backlit" => Metering::Centre,
        "average" | "matrix" => Metering::Average,
        _ => return None,
    };
    Some(format!("metering: {}", metering.word()))
}
