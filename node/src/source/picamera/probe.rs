//! How a Pi camera's raw pictures lie in memory, learned by asking for a single one and counting its bytes: the
//! stream itself has nothing in it that tells. Learned once for each command line, because a camera takes a second or
//! two to start.

use std::ffi::OsString;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use picket_common::shutdown::Shutdown;
use tracing::{debug, warn};

use super::super::child::{Child, Gap, Program};
use super::super::layout::Layout;
use super::super::{SourceError, check_even};
use crate::config::Resolution;

/// By command line. A node has a handful of cameras.
static LEARNED: Mutex<Vec<(Vec<OsString>, Layout)>> = Mutex::new(vec![]);

/// The layout of the pictures that `program` writes when it is asked for one of this size.
pub(super) fn layout(
    program: &Program,
    asked: Resolution,
    limit: Duration,
    shutdown: &Shutdown,
) -> Result<Layout, SourceError> {
    check_even(asked)?;
    let learned = LEARNED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, layout)) = learned.iter().find(|(argv, _)| *argv == program.argv) {
        return Ok(*layout);
    }
    drop(learned); // another camera need not wait for this one
    let layout = learn(program, asked, limit, shutdown)?;
    debug!(?layout, "learned from a first picture");
    LEARNED.lock().unwrap_or_else(PoisonError::into_inner).push((program.argv.clone(), layout));
    Ok(layout)
}

fn learn(program: &Program, asked: Resolution, limit: Duration, shutdown: &Shutdown) -> Result<Layout, SourceError> {
    let name = program.name();
    let mut child = Child::start(program).map_err(SourceError::Lost)?;
    // Room for a picture that the camera makes larger than it was asked to.
    let most = Layout::most(asked.width.max(1280), asked.height.max(1024)) * 2;
    let mut bytes = vec![];
    match child.fill(&mut bytes, most, limit, shutdown) {
        Err(Gap::End) => {}
        Err(Gap::Stop) => return Err(SourceError::Ended),
        Err(Gap::Broken(error)) => return Err(SourceError::Lost(format!("{name} cannot be read from: {error}"))),
        Err(Gap::Stall) => {
            let words = child.last_words();
            return Err(SourceError::Lost(format!("{name} gave no frame for {} s{words}", limit.as_secs_f64())));
        }
        Ok(()) => {
            return Err(SourceError::Lost(format!("{name} wrote more than the one picture that it was asked for")));
        }
    }
    let (went_well, words) = child.farewell();
    if bytes.is_empty() || !went_well {
        return Err(SourceError::Lost(words));
    }
    let Resolution { width, height } = size(child.said(), asked);
    check_even(Resolution { width, height })?;
    let unknown = || {
        SourceError::Lost(format!(
            "{name} wrote {} bytes for a picture of {width}x{height}, and how they lie is not known; write \
             `format: mjpeg`, or a width that 64 divides, such as 1280",
            bytes.len()
        ))
    };
    Layout::of(bytes.len(), width, height).ok_or_else(unknown)
}

/// The size that the camera was in the end set to, as libcamera tells: `configuring streams: (0) 1280x720-YUV420`.
/// It is another than the one asked for where the camera cannot do that.
fn size(said: &[String], asked: Resolution) -> Resolution {
    let told = said.iter().rev().find_map(|line| {
        let (_, streams) = line.split_once("configuring streams: (0) ")?;
        let (width, rest) = streams.split_once('x')?;
        let (height, _) = rest.split_once('-')?;
        Some(Resolution { width: width.parse().ok()?, height: height.parse().ok()? })
    });
    match told {
        Some(told) if told != asked => {
            warn!("the camera gives {told}, not {asked}; write `resolution: {told}`, or one that it can do");
            told
        }
        _ => asked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cameras_own_word_on_the_size_counts() {
        let check = |line: &str, expected: &str| {
            let said = ["Stream configuration adjusted", line].map(str::to_owned);
            assert_eq!(size(&said, "1300x980".parse().unwrap()).to_string(), expected, "{line}");
        };
        let start = "[0:05:12.1] [990]  INFO Camera camera.cpp:1215 configuring streams:";
        check(&format!("{start} (0) 1296x972-YUV420/sYCC (1) 1296x972-SBGGR10_CSI2P/RAW"), "1296x972");
        check(&format!("{start} (0) 1300x980-YUV420 (1) 1640x1232-SBGGR10_CSI2P"), "1300x980");
        check(&format!("{start} (0) 99999999999x972-YUV420"), "1300x980");
        check("configuring streams: (0) ", "1300x980");
        check("", "1300x980");
    }
}
