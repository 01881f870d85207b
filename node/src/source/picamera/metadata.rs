//! What a Pi camera says of its frames: exposure and gain, from its program's metadata. They come through a pipe of
//! their own, so that they never mix with pictures: the program is told to write them to a file, and that file is
//! our pipe, by its name under `/proc`. It needs no folder, and goes when we do.
//!
//! Format: after each frame lines `Name=value`, and an empty line. The names are libcamera's
//! (<https://libcamera.org/api-html/namespacelibcamera_1_1controls.html>).

use std::io::{Error, ErrorKind};
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use picket_common::event::ExposureHealth;
use rustix::pipe::{PipeFlags, fcntl_setpipe_size, pipe_with};
use tracing::debug;

/// What the kernel lets anyone have: it holds what is said of dozens of frames, some kilobytes each.
const PIPE_BYTES: usize = 1 << 20;

/// Longer lines, such as tables of the lens' shading, are none of ours.
const LINE_BYTES: usize = 200;

/// How one frame was exposed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exposure {
    /// How long.
    pub time: Duration,
    /// How much it was amplified in the sensor.
    pub gain: f64,
    /// How bright the scene is, by the camera's own estimate.
    pub lux: Option<f64>,
    /// Of the light, in kelvin.
    pub colour_temperature: Option<f64>,
}

impl From<Exposure> for ExposureHealth {
    fn from(exposure: Exposure) -> ExposureHealth {
        let Exposure { time, gain, lux, colour_temperature } = exposure;
        let time_us = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        ExposureHealth { time_us, gain, lux, colour_temperature }
    }
}

/// Hears what the program says.
pub(super) struct Metadata {
    reader: OwnedFd,
    /// Kept open, so that the pipe has a name for as long as the program may open it.
    writer: OwnedFd,
    said: Said,
}

impl Metadata {
    pub(super) fn new() -> Result<Metadata, Error> {
        // The program opens the pipe for itself, and there waits for room: this does not wait for it.
        let (reader, writer) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        // A smaller one does for slower cameras.
        let _ = fcntl_setpipe_size(&reader, PIPE_BYTES);
        Ok(Metadata { reader, writer, said: Said::default() })
    }

    /// Where the program is to write.
    pub(super) fn path(&self) -> String {
        format!("/proc/{}/fd/{}", std::process::id(), self.writer.as_raw_fd())
    }

    /// Takes in what there is, without waiting.
    pub(super) fn listen(&mut self) {
        let mut bytes = [0; 4096];
        // As much as the pipe holds: a program that says more must not keep us from its frames.
        for _ in 0..PIPE_BYTES / bytes.len() {
            match rustix::io::read(&self.reader, &mut bytes) {
                Ok(0) => return,
                Ok(len) => self.said.hear(bytes.get(..len).unwrap_or_default()),
                Err(error) if Error::from(error).kind() == ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }

    /// Of the newest frame of which all was said.
    pub(super) fn exposure(&self) -> Option<Exposure> {
        self.said.last
    }
}

#[derive(Default)]
struct Said {
    line: Vec<u8>,
    time: Option<Duration>,
    gain: Option<f64>,
    lux: Option<f64>,
    colour_temperature: Option<f64>,
    last: Option<Exposure>,
}

impl Said {
    fn hear(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' => self.finish_line(),
                _ if self.line.len() < LINE_BYTES => self.line.push(*byte),
                _ => {}
            }
        }
    }

    fn finish_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let Ok(line) = std::str::from_utf8(&line) else { return };
        match line.trim().split_once('=') {
            Some(("ExposureTime", value)) => self.time = value.parse().ok().map(Duration::from_micros),
            Some(("AnalogueGain", value)) => self.gain = number(value),
            Some(("Lux", value)) => self.lux = number(value),
            Some(("ColourTemperature", value)) => self.colour_temperature = number(value),
            None if line.trim().is_empty() => self.finish_frame(),
            _ => {}
        }
    }

    fn finish_frame(&mut self) {
        let Said { time, gain, lux, colour_temperature, last, .. } = std::mem::take(self);
        let Some((time, gain)) = time.zip(gain) else {
            self.last = last;
            return;
        };
        // Every frame's would be noise; a stop more or less is news.
        let is_news = |last: Exposure| {
            let ratio = time.as_secs_f64() * gain / (last.time.as_secs_f64() * last.gain);
            !(0.5..2.0).contains(&ratio)
        };
        if last.is_none_or(is_news) {
            debug!(?time, gain, lux, colour_temperature, "exposure");
        }
        self.last = Some(Exposure { time, gain, lux, colour_temperature });
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn exposure(us: u64, gain: f64, lux: Option<f64>, colour_temperature: Option<f64>) -> Option<Exposure> {
        Some(Exposure { time: Duration::from_micros(us), gain, lux, colour_temperature })
    }

    #[test]
    fn a_frame_is_known_once_its_last_line_is_there() {
        let check = |text: &str, expected: Option<Exposure>| {
            for step in [1, 3, text.len().max(1)] {
                let mut said = Said::default();
                text.as_bytes().chunks(step).for_each(|bytes| said.hear(bytes));
                assert_eq!(said.last, expected, "{text:?}, {step} bytes at a time");
            }
        };
        let frame = "SensorTimestamp=812345678000\nExposureTime=9992\nAnalogueGain=1.5\n";
        check(&format!("{frame}\n"), exposure(9992, 1.5, None, None));
        check(frame, None);
        check(&format!("Lux=412.5\nColourTemperature=4500\n{frame}\n"), exposure(9992, 1.5, Some(412.5), Some(4500.0)));
        check(&format!("Lux=1\n{frame}\nExposureTime=20\nAnalogueGain=8\n\n"), exposure(20, 8.0, None, None));
        check(&format!("{frame}\nExposureTime=20\n"), exposure(9992, 1.5, None, None));
        check(&format!("{frame}\nExposureTime=20\n\n"), exposure(9992, 1.5, None, None));
        check("ExposureTime=-3\nAnalogueGain=1\n\n", None);
        check("ExposureTime=3\nAnalogueGain=nan\n\n", None);
        check("ExposureTime\n=\n\u{7}\n\n", None);
        check(&format!("Table={}\n{frame}\n", "0.1 ".repeat(20_000)), exposure(9992, 1.5, None, None));
    }

    #[test]
    fn the_pipe_has_a_name_that_a_program_can_open() {
        let mut metadata = Metadata::new().unwrap();
        metadata.listen();
        assert_eq!(metadata.exposure(), None);
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).open(metadata.path()).unwrap();
        file.write_all(b"ExposureTime=100\nAnalogueGain=2\n\n").unwrap();
        metadata.listen();
        assert_eq!(metadata.exposure(), exposure(100, 2.0, None, None));
        // More than the pipe holds does not keep a listener.
        let writing = std::thread::spawn(move || {
            let more = "ExposureTime=200\nAnalogueGain=4\n\n".repeat(100_000);
            file.write_all(more.as_bytes()).unwrap();
        });
        while !writing.is_finished() {
            metadata.listen();
        }
        metadata.listen();
        assert_eq!(metadata.exposure(), exposure(200, 4.0, None, None));
        writing.join().unwrap();
    }
}
