//! A Raspberry Pi's own camera, in the words of its program `rpicam-vid`: a key that is not given leaves that
//! program's own default. Knows neither the program nor its options' form.

mod words;

use std::path::PathBuf;

use picket_common::config::{Complaints, Duration};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::words::{
    Autofocus, AutofocusMode, AutofocusRange, AutofocusSpeed, Awb, CameraFormat, Denoise, ExposureMode, Hdr, Metering,
    SensorMode, SensorRotation,
};
use super::SourceConfig;
use crate::config::{CameraConfig, Flip, Framerate, Resolution, Roi, Rotation, rules};

/// A Raspberry Pi's own camera, through `rpicam-vid`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("x-instead" = {
    "rotate": "rotation", "flip": "hflip` or `vflip", "fps": "framerate", "size": "resolution"
}))]
pub struct PicameraConfig {
    /// Which camera, as `rpicam-hello --list-cameras` numbers them. Default: 0, the first.
    #[schemars(range(max = 7))]
    pub camera: u8,
    /// Width and height in pixels. Default: 1280x720.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
    /// Frames a second. Default: 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub framerate: Option<Framerate>,
    /// In which form the frames come. Default: yuv420.
    pub format: CameraFormat,
    /// How good the JPEG frames are that the camera makes with `format: mjpeg`, 1 to 100. Default: the
    /// `jpeg_quality` beside `source`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub jpeg_quality: Option<u8>,
    /// Turns the picture in the sensor, in degrees: 0 or 180. (`rotate: 180` beside `source` does the same.)
    /// Default: 0.
    pub rotation: SensorRotation,
    /// Makes left right, in the sensor. Default: false.
    pub hflip: bool,
    /// Makes top bottom, in the sensor. Default: false.
    pub vflip: bool,
    /// The part of the sensor that fills the picture (digital zoom): two corners, each `[x, y]` in percent of the
    /// sensor. Default: as much of it as has the picture's shape.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Roi>,
    /// The sensor's own mode, `width:height`, `width:height:bits`, or with `:P` (packed) or `:U` behind it;
    /// `rpicam-hello --list-cameras` tells which there are. Default: the one that fits best.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<SensorMode>,
    /// How the light is shared between exposure time and gain. Default: normal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure: Option<ExposureMode>,
    /// A fixed exposure time, such as 10ms, at most as long as a frame lasts. Default: automatic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shutter: Option<Duration>,
    /// A fixed gain, 1 to 64. Default: automatic.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 64))]
    pub gain: Option<f64>,
    /// Makes the automatic exposure brighter (up to 8) or darker (down to -8), in stops. Default: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -8, max = 8))]
    pub ev: Option<f64>,
    /// Which part of the picture the automatic exposure goes by. Default: centre.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metering: Option<Metering>,
    /// For which light white is white. Default: auto.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awb: Option<Awb>,
    /// A fixed white balance in the place of `awb`: the gains of red and blue, `[red, blue]`, each 0.1 to 32.
    /// Default: automatic.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(inner(range(min = 0.1, max = 32)), extend("examples" = [[1.5, 1.2]]))]
    pub awb_gains: Option<[f64; 2]>,
    /// Makes all brighter (up to 1) or darker (down to -1). Default: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1, max = 1))]
    pub brightness: Option<f64>,
    /// The contrast, 0 to 15.99; 1 is normal. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 15.99))]
    pub contrast: Option<f64>,
    /// The strength of colours, 0 (grey) to 15.99; 1 is normal. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 15.99))]
    pub saturation: Option<f64>,
    /// The sharpening, 0 (none) to 15.99; 1 is normal. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 15.99))]
    pub sharpness: Option<f64>,
    /// How noise is taken out. Default: auto.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denoise: Option<Denoise>,
    /// The focus, of a camera that can move its lens. Default: continuous autofocus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autofocus: Option<Autofocus>,
    /// The period of the lamps' flicker, which the exposure is fitted to: 10ms for mains of 50 Hz, 8.333ms for
    /// 60 Hz. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flicker_period: Option<Duration>,
    /// High dynamic range, where the camera or the board can do it. Default: off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hdr: Option<Hdr>,
    /// The sensor's tuning file, such as /usr/share/libcamera/ipa/rpi/vc4/imx219_noir.json for a camera without
    /// infrared filter. Default: the one for the sensor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tuning_file: Option<PathBuf>,
    /// How many pictures may be under way in the camera, 2 to 16: fewer need less memory. Default: 6.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 16))]
    pub buffer_count: Option<u8>,
}

impl PicameraConfig {
    /// The size where none is given.
    pub const RESOLUTION: Resolution = Resolution { width: 1280, height: 720 };

    /// Fills in what is left to the machine or to the camera's other keys.
    pub(in crate::config) fn resolve(&mut self, jpeg_quality: u8) {
        self.resolution.get_or_insert(PicameraConfig::RESOLUTION);
        self.framerate.get_or_insert(SourceConfig::FRAMERATE);
        if self.format == CameraFormat::Mjpeg {
            self.jpeg_quality.get_or_insert(jpeg_quality);
        }
    }

    /// What the schema cannot say: the keys that need one another, and those that rule one another out.
    pub(in crate::config) fn validate(&self, path: &str, complaints: &mut Complaints<'_>) {
        if self.format == CameraFormat::Yuv420 && self.jpeg_quality.is_some() {
            let message = "the camera makes no JPEG with `format: yuv420`; write `jpeg_quality` beside `source`, not in it, \
                           or add `format: mjpeg`";
            complaints.add(format!("{path}.jpeg_quality"), message);
        }
        self.validate_shutter(path, complaints);
        if self.awb.is_some() && self.awb_gains.is_some() {
            let message = "with `awb_gains` the white balance is fixed, and `awb` does nothing; leave one of them out";
            complaints.add(format!("{path}.awb"), message);
        }
        if self.flicker_period.is_some_and(|period| period.0.is_zero()) {
            complaints.add(format!("{path}.flicker_period"), "0s is no period; write 10ms for 50 Hz, or leave it out");
        }
        if let Some(region) = &self.region {
            rules::corners_are_ordered(region, &format!("{path}.region"), complaints);
        }
        if let Some(autofocus) = &self.autofocus {
            autofocus.validate(&format!("{path}.autofocus"), complaints);
        }
    }

    fn validate_shutter(&self, path: &str, complaints: &mut Complaints<'_>) {
        let Some(Duration(shutter)) = self.shutter else { return };
        let Framerate(rate) = self.framerate.unwrap_or(SourceConfig::FRAMERATE);
        let path = format!("{path}.shutter");
        if shutter.is_zero() {
            complaints.add(path, "0s is no exposure; write a time such as 10ms, or leave it out");
        } else if shutter.as_secs_f64() > 1.0 / rate {
            // Rounded down, so that it fits.
            let fitting = (1000.0 / shutter.as_secs_f64()).floor() / 1000.0;
            let message = format!(
                "{} is longer than a frame lasts at {rate} frames a second; write a shorter time, or `framerate: {fitting}`",
                Duration(shutter)
            );
            complaints.add(path, message);
        }
    }

    /// Whether the sensor mirrors left and right, and whether top and bottom.
    pub fn mirrored(&self) -> (bool, bool) {
        let half = self.rotation == SensorRotation::Half;
        (self.hflip != half, self.vflip != half)
    }
}

impl CameraConfig {
    /// The same camera with as much of its `rotate` and `flip` as its sensor can do moved there: what is seen is
    /// the same, and costs nothing.
    pub fn turned_in_sensor(&self) -> CameraConfig {
        let mut camera = self.clone();
        // A quarter turn is beyond a sensor, and a flip after it is cheap.
        if let (SourceConfig::Picamera(sensor), Rotation::None | Rotation::Half) = (&mut camera.source, self.rotate) {
            let half = self.rotate == Rotation::Half;
            let (left, top) = sensor.mirrored();
            sensor.rotation = SensorRotation::None;
            // Half a turn is both mirrors; mirrors can be swapped, and twice is not at all.
            sensor.hflip = left ^ half ^ (self.flip == Some(Flip::Horizontal));
            sensor.vflip = top ^ half ^ (self.flip == Some(Flip::Vertical));
            (camera.rotate, camera.flip) = (Rotation::None, None);
        }
        camera
    }
}

#[cfg(test)]
mod tests;
