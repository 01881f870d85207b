//! The source with a stand-in for its program, which checks its arguments and writes what the real one writes:
//! `node/tests/stand-in/rpicam-vid`.

use std::os::unix::fs::symlink;
use std::path::Path;

use picket_common::jpeg;
use picket_common::time::SystemClock;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::supervised::{Next, Supervised};
use super::*;
use crate::frame::Picture;

const LIMITS: Limits = Limits { first: Duration::from_secs(10), next: Duration::from_millis(400) };

/// A folder with the program in it, and what its camera is like.
struct Pi {
    folder: TempDir,
    shutdown: Shutdown,
}

impl Pi {
    fn new(camera: Value) -> Pi {
        Pi::with("rpicam-vid", camera)
    }

    fn with(name: &str, camera: Value) -> Pi {
        let folder = tempfile::tempdir().unwrap();
        let stand_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stand-in/rpicam-vid");
        symlink(stand_in, folder.path().join(name)).unwrap();
        std::fs::write(folder.path().join("camera.json"), camera.to_string()).unwrap();
        Pi { folder, shutdown: Shutdown::new() }
    }

    /// Opens a source with these keys.
    fn open(&self, keys: Value) -> Result<Picamera, SourceError> {
        let config: PicameraConfig = serde_json::from_value(keys).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Picamera::open_in(Some(self.folder.path().as_os_str()), &config, LIMITS, &clock, &self.shutdown)
    }

    /// The first failure of a source with these keys.
    fn failure(&self, keys: Value) -> String {
        let mut source = match self.open(keys) {
            Ok(source) => source,
            Err(error) => return error.to_string(),
        };
        let failure = (0..50).find_map(|_| source.next().err());
        failure.expect("fifty frames, and no failure").to_string()
    }

    /// The arguments of each call.
    fn calls(&self) -> Vec<Vec<String>> {
        let calls = std::fs::read_to_string(self.folder.path().join("calls")).unwrap_or_default();
        calls.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn small() -> Value {
    json!({"resolution": "72x50", "framerate": 100})
}

/// The stand-in's picture number `index`.
fn picture(width: u32, height: u32, index: u32) -> Picture {
    let pixels = |width: u32, height: u32| (0..height).flat_map(move |y| (0..width).map(move |x| (x, y)));
    let luma = pixels(width, height).map(|(x, y)| (x + y + index) as u8);
    let u = pixels(width / 2, height / 2).map(|(x, y)| (x + y) as u8);
    let v = pixels(width / 2, height / 2).map(|(x, y)| (x + 2 * y) as u8);
    Picture::Yuv420 { bytes: luma.chain(u).chain(v).collect(), width, height }
}

#[test]
fn raw_frames_come_without_the_gaps_that_the_camera_leaves() {
    for camera in [
        json!({}),
        json!({"stride": 32}),
        json!({"stride": 2}),
        json!({"rows": 16}),
        json!({"stride": 32, "page": 4096}),
    ] {
        let pi = Pi::new(camera.clone());
        let mut source = pi.open(small()).unwrap();
        for index in 0..3 {
            let frame = source.next().unwrap();
            assert_eq!(frame.index, index);
            assert!(*frame.picture == picture(72, 50, index as u32), "{camera}: frame {index}");
        }
    }
}

#[test]
fn the_layout_is_learned_once_for_each_kind_of_picture() {
    let pi = Pi::new(json!({}));
    let framerates = || pi.calls().iter().map(|call| call.contains(&"--frames=1".to_owned())).collect::<Vec<_>>();
    pi.open(small()).unwrap().next().unwrap();
    pi.open(small()).unwrap().next().unwrap();
    assert_eq!(framerates(), [true, false, false]);
    pi.open(json!({"resolution": "80x50", "framerate": 100})).unwrap().next().unwrap();
    assert_eq!(framerates(), [true, false, false, true, false]);
}

#[test]
fn jpeg_frames_are_the_cameras_own_bytes() {
    let pi = Pi::new(json!({}));
    let keys = json!({"resolution": "640x360", "framerate": 50, "format": "mjpeg", "jpeg_quality": 77});
    let mut source = pi.open(keys).unwrap();
    for brightness in [0, 16, 32] {
        let frame = source.next().unwrap();
        let Picture::Jpeg { bytes, width: 640, height: 360 } = &*frame.picture else { panic!("{:?}", frame.index) };
        let grey = jpeg::decode_bgr(bytes).unwrap().bytes;
        assert!(grey.iter().all(|level| level.abs_diff(brightness) <= 4), "{} is not {brightness}", grey[0]);
    }
    assert!(pi.calls().len() == 1 && pi.calls()[0].contains(&"--quality=77".to_owned()), "no probe: {:?}", pi.calls());
}

#[test]
fn every_key_is_one_that_the_program_takes() {
    let all = json!({
        "camera": 0, "resolution": "640x480", "framerate": 50, "rotation": 180, "hflip": true,
        "region": [[25, 12.5], [75, 100]], "mode": "2304:1296:10:P", "exposure": "sport", "shutter": "8.333ms",
        "gain": 2.5, "ev": -1.5, "metering": "spot", "awb_gains": [1.5, 1.25], "brightness": -0.2, "contrast": 1.1,
        "saturation": 0, "sharpness": 15.99, "denoise": "cdn_off", "flicker_period": "8.333ms", "hdr": "single-exp",
        "tuning_file": "/usr/share/x.json", "buffer_count": 4,
        "autofocus": {"mode": "manual", "range": "macro", "speed": "fast", "window": [[0, 0], [50, 50]],
                      "lens_position": 0.5},
    });
    let pi = Pi::new(json!({}));
    let mut source = pi.open(all).unwrap();
    assert_eq!(source.next().unwrap().picture.size(), (640, 480));
}

#[test]
fn every_word_is_one_that_the_program_knows() {
    let pi = Pi::new(json!({"start": 0}));
    let schema: Value = serde_json::from_str(&picket_common::config::schema::<PicameraConfig>()).unwrap();
    let words = |name: &str| -> Vec<String> {
        let text = &schema["$defs"][name];
        let options = text["oneOf"].as_array().unwrap_or_else(|| panic!("{name}: {text}"));
        options.iter().map(|option| option["const"].as_str().unwrap().to_owned()).collect()
    };
    let keys = [
        ("exposure", "ExposureMode"),
        ("metering", "Metering"),
        ("awb", "Awb"),
        ("denoise", "Denoise"),
        ("hdr", "Hdr"),
    ];
    let longest = keys.iter().map(|(_, name)| words(name).len()).max().unwrap();
    for turn in 0..longest {
        let mut all = json!({"resolution": "64x64", "framerate": 100, "format": "mjpeg"});
        for (key, name) in keys {
            let words = words(name);
            all[key] = json!(words[turn % words.len()]);
        }
        let (mode, range, speed) = (words("AutofocusMode"), words("AutofocusRange"), words("AutofocusSpeed"));
        all["autofocus"] = json!({"mode": mode[turn % 3], "range": range[turn % 3], "speed": speed[turn % 2]});
        pi.open(all.clone()).unwrap().next().unwrap_or_else(|error| panic!("{all}: {error}"));
    }
}

#[test]
fn exposure_and_gain_come_with_the_frames() {
    for format in ["yuv420", "mjpeg"] {
        let pi = Pi::new(json!({"gain": 3.5}));
        let keys = json!({"resolution": "64x64", "framerate": 100, "format": format});
        let mut source = pi.open(keys).unwrap();
        // What is said of a frame follows it.
        source.next().unwrap();
        source.next().unwrap();
        let exposure = source.exposure().unwrap();
        assert_eq!((exposure.gain, exposure.lux, exposure.colour_temperature), (3.5, Some(412.5), Some(4500.0)));
        assert!((9992..9999).contains(&exposure.time.as_micros()), "{exposure:?}");
    }
}

#[test]
fn long_metadata_holds_up_no_frame() {
    // 60 KB for each frame, of which a pipe holds seventeen; a frame itself is small.
    let pi = Pi::new(json!({"shading": 6000}));
    let keys = json!({"resolution": "64x64", "framerate": 240});
    let mut source = pi.open(keys).unwrap();
    source.next().unwrap();
    SystemClock.wait(Duration::from_millis(200), &Shutdown::new());
    for index in 1..60 {
        assert!(*source.next().unwrap().picture == picture(64, 64, index), "frame {index}");
    }
    assert!(source.exposure().unwrap().time > Duration::from_micros(10_020));
}

#[test]
fn a_camera_that_hangs_is_noticed_and_says_what_to_check() {
    let pi = Pi::new(json!({"frames": 2, "stall": true}));
    let mut source = pi.open(small()).unwrap();
    assert!(source.next().is_ok() && source.next().is_ok());
    let started = SystemClock.uptime();
    let error = source.next().unwrap_err().to_string();
    let expected = "rpicam-vid gave no whole frame for 0.4 s: the camera stopped giving pictures; check its cable \
                    (loose, long or damaged ones do this) and the power supply";
    assert_eq!(error, expected);
    assert!(SystemClock.uptime() - started < Duration::from_secs(2));
    // It does not end by itself, nor when it is interrupted.
    drop(source);
    assert!(SystemClock.uptime() - started < Duration::from_secs(2));
}

#[test]
fn a_hanging_camera_is_started_again() {
    let pi = Pi::new(json!({"frames": 2, "stall": true}));
    let config: PicameraConfig = serde_json::from_value(small()).unwrap();
    let (path, clock) = (pi.folder.path().as_os_str().to_owned(), Arc::new(SystemClock) as Arc<dyn Clock>);
    let (open_clock, shutdown) = (clock.clone(), Shutdown::new());
    let open = Box::new(move || {
        let source = Picamera::open_in(Some(&path), &config, LIMITS, &open_clock, &shutdown)?;
        Ok(Box::new(source) as Box<dyn Source>)
    });
    let mut source = Supervised::new(open, clock, Shutdown::new());
    let mut next = || match source.next() {
        Next::Frame(frame) => {
            let own = (frame.index % 2) as u32;
            assert!(*frame.picture == picture(72, 50, own), "frame {} is whole", frame.index);
            "frame"
        }
        Next::Lost(_) => "lost",
        Next::Back => "back",
        Next::Waiting => "waiting",
        Next::Ended => "ended",
    };
    let course: Vec<&str> = std::iter::repeat_with(&mut next).filter(|next| *next != "waiting").take(6).collect();
    assert_eq!(course, ["frame", "frame", "lost", "back", "frame", "frame"]);
    assert_eq!(pi.calls().len(), 3, "one probe, two streams");
}

#[test]
fn a_frame_that_breaks_off_ends_the_stream_and_shifts_nothing() {
    let pi = Pi::new(json!({"frames": 1, "short": 1000}));
    let expected = "rpicam-vid ended (exit status: 0); its last frame broke off (1000 of 9600 bytes)";
    assert_eq!(pi.failure(small()), expected);
    assert!(*pi.open(small()).unwrap().next().unwrap().picture == picture(72, 50, 0));
}

#[test]
fn a_program_that_fails_says_why_in_words_that_help() {
    let check = |camera: Value, expected: &str| {
        let error = Pi::new(camera.clone()).failure(small());
        assert!(error.starts_with(expected), "{camera}: {error}");
    };
    let ended = "rpicam-vid ended (exit status: 255): ";
    check(json!({"fail": "no cameras available"}), &format!("{ended}no camera is found; "));
    let busy = json!({
        "say": ["[0:19:06.4] [2746]  INFO Camera camera.cpp:839 Pipeline handler in use by another process"],
        "fail": "failed to acquire camera /base/soc/i2c0mux/i2c@1/ov5647@36",
    });
    check(busy, &format!("{ended}another program has the camera; "));
    let memory = json!({"say": ["dmaHeap allocation failure for rpicam-apps0"],
                        "fail": "failed to allocate capture buffers for stream"});
    check(memory, &format!("{ended}there is too little memory"));
    check(json!({"lacks": ["flush"]}), &format!("{ended}it does not know --flush; "));
    check(json!({"lacks": ["metadata"]}), &format!("{ended}it does not know --metadata; "));
    // After a good start, with all its chatter before.
    check(json!({"frames": 3, "exit": 0}), "rpicam-vid ended (exit status: 0)");
    let unknown = json!({"frames": 3, "exit": 255, "say": ["ERROR: *** failed to queue request ***"]});
    check(unknown, &format!("{ended}failed to queue request"));
}

#[test]
fn a_camera_number_that_is_not_there_is_told() {
    let error = Pi::new(json!({})).failure(json!({"camera": 1, "resolution": "64x64"}));
    let expected = "rpicam-vid ended (exit status: 255): there is no camera of this number; `rpicam-hello \
                    --list-cameras` shows which there are";
    assert_eq!(error, expected);
}

#[test]
fn a_size_that_the_camera_cannot_do_is_the_one_that_it_gives() {
    let pi = Pi::new(json!({"size": [88, 48]}));
    let mut source = pi.open(small()).unwrap();
    assert!(*source.next().unwrap().picture == picture(88, 48, 0));
}

#[test]
fn a_layout_that_is_not_known_is_refused_rather_than_guessed() {
    let expected = "rpicam-vid wrote 7500 bytes for a picture of 72x50, and how they lie is not known; write \
                    `format: mjpeg`, or a width that 64 divides, such as 1280";
    assert_eq!(Pi::new(json!({"stride": 100})).failure(small()), expected);
}

#[test]
fn a_probe_that_fails_is_no_layout() {
    let check = |probe: Value, expected: &str| {
        let error = Pi::new(json!({"probe": probe})).failure(small());
        assert!(error.starts_with(expected), "{probe}: {error}");
    };
    check(json!({"exit": 255, "frames": 0}), "rpicam-vid ended (exit status: 255)");
    check(json!({"short": 100}), "rpicam-vid wrote 100 bytes for a picture of 72x50");
}

#[test]
fn the_older_program_does_where_the_newer_is_missing() {
    let pi = Pi::with("libcamera-vid", json!({"fail": "no cameras available"}));
    let error = pi.failure(small());
    assert!(error.starts_with("libcamera-vid ended (exit status: 255): no camera is found"), "{error}");
    // As on Bookworm, where both names are there.
    symlink(pi.folder.path().join("libcamera-vid"), pi.folder.path().join("rpicam-vid")).unwrap();
    assert!(pi.failure(small()).starts_with("rpicam-vid ended"));
}

#[test]
fn where_there_is_no_program_its_package_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rpicam-vid"), "not a program").unwrap();
    for path in [None, Some(""), Some("/no/such/folder"), folder.path().to_str()] {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let config = PicameraConfig::default();
        let error = Picamera::open_in(path.map(OsStr::new), &config, LIMITS, &clock, &Shutdown::new()).err().unwrap();
        let start = "rpicam-vid is not installed: `sudo apt-get install rpicam-apps-lite` brings it";
        assert!(error.to_string().starts_with(start), "{error}");
    }
}

#[test]
fn a_shutdown_ends_the_camera() {
    let pi = Pi::new(json!({}));
    let mut source = pi.open(small()).unwrap();
    source.next().unwrap();
    pi.shutdown.request();
    assert_eq!(source.next(), Err(SourceError::Ended));
    assert_eq!(pi.open(json!({"resolution": "66x66"})).err(), Some(SourceError::Ended));
}

#[test]
fn a_camera_is_waited_for_a_few_frames_long_and_two_seconds_at_least() {
    let check = |rate: f64, first: f64, next: f64| {
        let limits = limits(Framerate(rate));
        assert_eq!((limits.first.as_secs_f64(), limits.next.as_secs_f64()), (first, next), "{rate}");
    };
    check(10.0, 10.5, 2.0);
    check(100.0, 10.05, 2.0);
    check(0.5, 20.0, 10.0);
    check(0.001, 5010.0, 5000.0);
}
