use super::*;

fn camera(rotate: Rotation, flip: Option<Flip>, sensor: (SensorRotation, bool, bool)) -> CameraConfig {
    let (rotation, hflip, vflip) = sensor;
    let source =
        SourceConfig::Picamera(Box::new(PicameraConfig { rotation, hflip, vflip, ..PicameraConfig::default() }));
    CameraConfig { rotate, flip, source, ..pattern() }
}

fn pattern() -> CameraConfig {
    serde_json::from_value(serde_json::json!({"source": {"kind": "pattern"}})).unwrap()
}

/// Where the sensor's pixel (0, 0) of a picture of 4 x 2 is seen.
fn seen(camera: &CameraConfig) -> (u32, u32) {
    let SourceConfig::Picamera(sensor) = &camera.source else { panic!() };
    let (left, top) = sensor.mirrored();
    let (mut x, mut y) = (if left { 3 } else { 0 }, if top { 1 } else { 0 });
    let (mut width, mut height) = (4, 2);
    for _ in 0..u16::from(camera.rotate) / 90 {
        (x, y) = (height - 1 - y, x);
        (width, height) = (height, width);
    }
    match camera.flip {
        Some(Flip::Horizontal) => (width - 1 - x, y),
        Some(Flip::Vertical) => (x, height - 1 - y),
        None => (x, y),
    }
}

#[test]
fn whatever_the_sensor_does_the_picture_is_the_same() {
    for rotate in [Rotation::None, Rotation::Quarter, Rotation::Half, Rotation::ThreeQuarters] {
        for flip in [None, Some(Flip::Horizontal), Some(Flip::Vertical)] {
            for rotation in [SensorRotation::None, SensorRotation::Half] {
                for (hflip, vflip) in [(false, false), (true, false), (false, true), (true, true)] {
                    let camera = camera(rotate, flip, (rotation, hflip, vflip));
                    let turned = camera.turned_in_sensor();
                    assert_eq!(seen(&camera), seen(&turned), "{camera:?}");
                    let is_straight = matches!(rotate, Rotation::None | Rotation::Half);
                    assert_eq!(turned.rotate == Rotation::None && turned.flip.is_none(), is_straight);
                }
            }
        }
    }
}

#[test]
fn no_other_source_is_asked_to_turn() {
    let camera = CameraConfig { rotate: Rotation::Half, ..pattern() };
    assert_eq!(camera.turned_in_sensor(), camera);
}

#[test]
fn a_sensors_mode_is_read_as_it_is_written() {
    let check = |text: &str, expected: Result<(), &str>| match (text.parse::<SensorMode>(), expected) {
        (Ok(mode), Ok(())) => assert_eq!(mode.to_string(), text),
        (Err(error), Err(start)) => assert!(error.starts_with(start), "{error}"),
        (got, expected) => panic!("{text}: {got:?} is not {expected:?}"),
    };
    check("1640:1232", Ok(()));
    check("2304:1296:10", Ok(()));
    check("4056:3040:12:U", Ok(()));
    check("1640x1232", Err("`1640x1232` is not a sensor's mode; write width:height"));
    check("1640", Err("`1640` is not a sensor's mode"));
    check("", Err("`` is not a sensor's mode"));
    check("+640:480", Err("`+640:480` is not a sensor's mode"));
    check("0640:480", Err("`0640:480` is not a sensor's mode"));
    check("640:480:9", Err("`640:480:9`: a pixel has 8, 10, 12, 14 or 16 bits; write 640:480:10"));
    check("640:480:10:X", Err("`640:480:10:X`: behind the bits comes P"));
    check("640:480:10:P:1", Err("`640:480:10:P:1`: behind the bits comes P"));
}
