//! The frames of one camera that somebody may still want, shared by all who do. Each is encoded at most once, and they
//! take little memory together: the newest stay as they came, and the oldest become JPEG, as they would be sent, before
//! there are too many. Knows neither events nor the network.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use anyhow::{Result, anyhow};
use picket_common::time::{ClockState, Timestamp};

use crate::frame::{Frame, Picture};
use crate::view::{self, Overlays};

/// All frames together may take so many bytes before the oldest are encoded: 10 of 720p in YUV 4:2:0, or 5 in BGR, which
/// is what a still scene holds with the usual settings and should cost nothing.
const ROOM: usize = 14 << 20;

/// One frame. It stays for as long as somebody holds it.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) index: u64,
    pub(super) at: Timestamp,
    pub(super) mono: Duration,
    /// Whether the clock that gave `at` can be believed.
    pub(super) clock: ClockState,
    /// Width and height in pixels.
    pub(super) size: (u32, u32),
    inside: Mutex<Inside>,
}

#[derive(Debug)]
struct Inside {
    form: Form,
    /// The events that it was sent for; none is for no event.
    sent: Vec<Option<Arc<str>>>,
}

#[derive(Debug)]
enum Form {
    /// As it came.
    Picture(Arc<Picture>),
    /// As it is sent.
    Jpeg(Arc<[u8]>),
    /// It could not be encoded, and why.
    Broken(String),
}

/// What a frame is to somebody who wants it sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    /// It has to be sent.
    First,
    /// It was sent for others.
    Shared,
    /// It was sent for the same.
    Again,
}

impl Held {
    fn new(frame: &Frame, clock: ClockState) -> Held {
        let inside = Inside { form: Form::Picture(frame.picture.clone()), sent: Vec::new() };
        let size = frame.picture.size();
        Held { index: frame.index, at: frame.at, mono: frame.mono, clock, size, inside: Mutex::new(inside) }
    }

    /// It is to be sent for `event`; none is for no event.
    pub(super) fn claim(&self, event: Option<&Arc<str>>) -> Claim {
        let mut inside = self.lock();
        if inside.sent.iter().any(|sent| sent.as_ref() == event) {
            return Claim::Again;
        }
        inside.sent.push(event.cloned());
        if inside.sent.len() == 1 { Claim::First } else { Claim::Shared }
    }

    /// The bytes that it takes, and whether it still has its pixels.
    fn weight(&self) -> (usize, bool) {
        match &self.lock().form {
            Form::Picture(picture) => (picture.bytes().len(), !matches!(**picture, Picture::Jpeg { .. })),
            Form::Jpeg(bytes) => (bytes.len(), false),
            Form::Broken(_) => (0, false),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The frames that are held, oldest first.
pub(super) struct Ring {
    frames: VecDeque<Weak<Held>>,
    quality: u8,
    overlays: Overlays,
    /// How many frames were encoded so far.
    encoded: u64,
}

impl Ring {
    pub(super) fn new(quality: u8, overlays: Overlays) -> Ring {
        Ring { frames: VecDeque::new(), quality, overlays, encoded: 0 }
    }

    /// A new frame, and whether the clock that stamped it can be believed.
    pub(super) fn add(&mut self, frame: &Frame, clock: ClockState) -> Arc<Held> {
        let held = Arc::new(Held::new(frame, clock));
        self.frames.push_back(Arc::downgrade(&held));
        held
    }

    /// The frame as it is sent; its pixels are let go.
    pub(super) fn jpeg(&mut self, held: &Held) -> Result<Arc<[u8]>> {
        let mut inside = held.lock();
        if let Form::Picture(picture) = &inside.form {
            self.encoded += u64::from(!self.overlays.is_empty() || !matches!(**picture, Picture::Jpeg { .. }));
            let frame = Frame { index: held.index, at: held.at, mono: held.mono, picture: picture.clone() };
            inside.form = match view::encode(&frame, self.quality, &self.overlays) {
                Ok(jpeg) => Form::Jpeg(jpeg.into()),
                Err(error) => Form::Broken(format!("{error:#}")),
            };
        }
        match &inside.form {
            Form::Jpeg(jpeg) => Ok(jpeg.clone()),
            Form::Broken(why) => Err(anyhow!("frame {} cannot be sent: {why}", held.index)),
            Form::Picture(_) => Err(anyhow!("frame {} was not encoded", held.index)), // cannot be: it just was
        }
    }

    /// Forgets what nobody holds, and encodes the oldest of the rest until there is room.
    pub(super) fn make_room(&mut self) {
        self.frames.retain(|frame| frame.strong_count() > 0);
        let frames: Vec<Arc<Held>> = self.frames.iter().filter_map(Weak::upgrade).collect();
        let mut bytes: usize = frames.iter().map(|frame| frame.weight().0).sum();
        for frame in &frames {
            let (before, has_pixels) = frame.weight();
            if bytes <= ROOM {
                return;
            }
            if has_pixels {
                // What cannot be encoded is said when it is to be sent.
                let _ = self.jpeg(frame);
                bytes = bytes - before + frame.weight().0;
            }
        }
    }

    /// How many frames were encoded so far, how many are held, and the bytes that these take.
    #[cfg(test)]
    pub(super) fn stock(&self) -> (u64, usize, usize) {
        let frames: Vec<Arc<Held>> = self.frames.iter().filter_map(Weak::upgrade).collect();
        (self.encoded, frames.len(), frames.iter().map(|frame| frame.weight().0).sum())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use picket_common::jpeg;

    use super::*;

    const SYNCED: ClockState = ClockState::Synced;

    fn held(index: u64, picture: Picture) -> Frame {
        let mono = Duration::from_millis(100) * u32::try_from(index).unwrap();
        Frame { index, at: Timestamp::UNIX_EPOCH + mono, mono, picture: Arc::new(picture) }
    }

    /// Frame `index` of ten a second.
    pub(in crate::pipeline) fn frame(index: u64) -> Arc<Held> {
        Arc::new(Held::new(&held(index, Picture::Jpeg { bytes: vec![], width: 1, height: 1 }), SYNCED))
    }

    fn bgr(index: u64, width: u32) -> Frame {
        held(index, Picture::Bgr { bytes: vec![90; width as usize * 720 * 3], width, height: 720 })
    }

    #[test]
    fn the_newest_stay_as_they_came_and_the_oldest_become_jpeg_before_there_are_too_many() {
        let mut ring = Ring::new(90, Overlays::default());
        let mut kept = VecDeque::new();
        for index in 0..60 {
            kept.push_back(ring.add(&bgr(index, 1280), SYNCED));
            kept.drain(..kept.len().saturating_sub(50));
            ring.make_room();
            assert!(ring.stock().2 <= ROOM, "{:?}", ring.stock());
        }
        let pixels: Vec<u64> = kept.iter().filter(|frame| frame.weight().1).map(|frame| frame.index).collect();
        assert_eq!(pixels, [55, 56, 57, 58, 59]);
        assert_eq!((ring.stock().0, ring.stock().1), (55, 50));
    }

    #[test]
    fn a_frame_is_encoded_once_whoever_asks_and_its_pixels_are_let_go() {
        let mut ring = Ring::new(90, Overlays::default());
        let frame = ring.add(&bgr(0, 16), SYNCED);
        let first = ring.jpeg(&frame).unwrap();
        assert!(Arc::ptr_eq(&first, &ring.jpeg(&frame).unwrap()));
        assert_eq!((ring.stock().0, frame.weight()), (1, (first.len(), false)));
        assert_eq!(jpeg::size(&first).unwrap(), (16, 720));
    }

    #[test]
    fn a_jpeg_is_kept_as_it_is_and_what_nobody_holds_is_forgotten() {
        let mut ring = Ring::new(90, Overlays::default());
        let bytes = vec![7; ROOM / 2];
        let kept: Vec<_> = (0..4)
            .map(|index| ring.add(&held(index, Picture::Jpeg { bytes: bytes.clone(), width: 8, height: 8 }), SYNCED))
            .collect();
        ring.make_room();
        assert_eq!(ring.stock(), (0, 4, ROOM / 2 * 4));
        assert_eq!(*ring.jpeg(&kept[0]).unwrap(), bytes);
        drop(kept);
        ring.make_room();
        assert_eq!(ring.stock(), (0, 0, 0));
        assert!(ring.frames.is_empty());
    }

    #[test]
    fn a_frame_that_cannot_be_encoded_takes_no_room_and_says_why() {
        let mut ring = Ring::new(90, Overlays::default());
        let broken = Picture::Yuv420 { bytes: vec![0; ROOM + 1], width: 64, height: 64 };
        let frame = ring.add(&held(7, broken), SYNCED);
        ring.make_room();
        assert_eq!(ring.stock().2, 0);
        let error = ring.jpeg(&frame).unwrap_err().to_string();
        assert!(error.starts_with("frame 7 cannot be sent: "), "{error}");
    }
}
