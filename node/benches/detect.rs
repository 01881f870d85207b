//! What looking at one still frame of 1280x720 costs: processor time, all threads together, in milliseconds.

use std::sync::Arc;
use std::time::Duration;

use picket_common::config::Percent;
use picket_common::jpeg;
use picket_common::time::Timestamp;
use picket_node::config::{DetectorConfig, LightConfig, MotionConfig, Roi};
use picket_node::detector;
use picket_node::frame::{Frame, Picture};
use picket_node::seen::Seen;
use rustix::time::{ClockId, clock_gettime};

const SIZE: (u32, u32) = (1280, 720);
const ROUNDS: u32 = 100;

fn main() {
    let (width, height) = SIZE;
    let noise = |i: u32| (i.wrapping_mul(2_654_435_761) >> 28) as u8;
    let bytes: Vec<u8> = (0..width * height * 3).map(|i| 60 + (i % 3840 / 40) as u8 + noise(i)).collect();
    let luma = width as usize * height as usize;
    let yuv = [bytes[..luma].to_vec(), vec![128; luma / 2]].concat();
    let jpeg = jpeg::encode_bgr(&bytes, width, height, 90).expect("the bench's own picture");
    let pictures = [
        ("BGR ", Arc::new(Picture::Bgr { bytes, width, height })),
        ("YUV ", Arc::new(Picture::Yuv420 { bytes: yuv, width, height })),
        ("JPEG", Arc::new(Picture::Jpeg { bytes: jpeg, width, height })),
    ];
    let half = Roi([[Percent(0.0), Percent(50.0)], [Percent(100.0), Percent(100.0)]]);
    let detectors = [
        ("motion imagenode      ", DetectorConfig::Motion(MotionConfig::default())),
        ("motion imagenode, half", DetectorConfig::Motion(MotionConfig { roi: half, ..MotionConfig::default() })),
        ("light                 ", DetectorConfig::Light(LightConfig::default())),
    ];
    for (form, picture) in &pictures {
        println!("{form} decoded                : {}", time(|| drop(seen(picture).pixels())));
        for (name, config) in &detectors {
            let mut detector = detector::build(config).expect("the bench's own settings");
            println!("{form} {name} : {}", time(|| drop(detector.observe(&seen(picture)))));
        }
    }
}

fn seen(picture: &Arc<Picture>) -> Seen {
    Seen::new(Frame { index: 0, at: Timestamp::UNIX_EPOCH, mono: Duration::ZERO, picture: Arc::clone(picture) })
}

fn time(mut what: impl FnMut()) -> String {
    let start = processor_time();
    (0..ROUNDS).for_each(|_| what());
    format!("{:.2} ms", (processor_time() - start).as_secs_f64() * 1e3 / f64::from(ROUNDS))
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}
