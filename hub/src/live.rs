//! The latest picture of each text that is shown and not stored: test pictures, mostly. Bounded in number and in bytes;
//! what was not renewed for longest goes first. Ingest keeps pictures here, and `picket-hub latest` looks at them. Knows no
//! socket and no file.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use picket_common::config::nearest;
use picket_common::wire::RawShape;
use serde::{Deserialize, Serialize};

use crate::line;
use crate::picture::Picture;

/// At most so many pictures, and so many bytes of texts and bodies.
const MOST: usize = 64;
const BYTES: usize = 64 << 20;
/// So much of a text is shown, in characters.
const SHOWN: usize = 200;

/// The latest pictures. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Live(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    /// From the one that was renewed longest ago on, each with the uptime at which it came.
    pictures: VecDeque<(Arc<Picture>, Duration)>,
    bytes: usize,
}

/// What is told of a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Its text; of a very long one the beginning.
    pub text: String,
    /// How long ago it came, in milliseconds.
    pub age_ms: u64,
    /// The bytes of its body.
    pub bytes: u64,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// It is raw pixels of this form; otherwise a JPEG file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<RawShape>,
}

impl Live {
    /// Keeps a picture, which came at `now`, in place of the one that had its text.
    pub fn keep(&self, picture: Arc<Picture>, now: Duration) {
        let mut kept = self.lock();
        if let Some(place) = kept.pictures.iter().position(|(older, _)| older.text == picture.text) {
            kept.forget(place);
        }
        kept.bytes += weight(&picture);
        kept.pictures.push_back((picture, now));
        // The one that has just come stays, whatever its size.
        while kept.pictures.len() > 1 && (kept.pictures.len() > MOST || kept.bytes > BYTES) {
            kept.forget(0);
        }
    }

    /// What is told of each at `now`, sorted by text.
    pub fn list(&self, now: Duration) -> Vec<Shown> {
        let mut shown: Vec<_> = self.lock().pictures.iter().map(|(picture, came)| show(picture, *came, now)).collect();
        shown.sort_by(|one, other| one.text.cmp(&other.text));
        shown
    }

    /// The picture of a text, which may also be given as it is shown in a list.
    ///
    /// # Errors
    /// There is none, and what there is.
    pub fn find(&self, text: &str, now: Duration) -> Result<(Shown, Arc<Picture>), String> {
        let kept = self.lock();
        let is_meant = |(picture, _): &&(Arc<Picture>, Duration)| {
            picture.text == text || line::one_line(&beginning(&picture.text)) == text
        };
        if let Some((picture, came)) = kept.pictures.iter().find(is_meant) {
            return Ok((show(picture, *came, now), picture.clone()));
        }
        let known: Vec<String> = kept.pictures.iter().map(|(picture, _)| line::clip(&picture.text, SHOWN)).collect();
        // Ingest does not wait until the nearest is found.
        drop(kept);
        if known.is_empty() {
            return Err("no test picture has come since the hub was started (one whose text has no `|`)".to_owned());
        }
        let text = line::clip(text, SHOWN);
        let meant = nearest(&text, &known).map(|near| format!("did you mean `{near}`?"));
        let meant = meant.unwrap_or_else(|| "`picket-hub latest` lists what there is".to_owned());
        Err(format!("no test picture is called `{text}`; {meant}"))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn forget(&mut self, place: usize) {
        if let Some((picture, _)) = self.pictures.remove(place) {
            self.bytes -= weight(&picture);
        }
    }
}

fn weight(picture: &Picture) -> usize {
    picture.text.len() + picture.body.len()
}

fn beginning(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

fn show(picture: &Picture, came: Duration, now: Duration) -> Shown {
    let (width, height) = picture.size();
    Shown {
        text: beginning(&picture.text),
        age_ms: u64::try_from(now.saturating_sub(came).as_millis()).unwrap_or(u64::MAX),
        bytes: picture.body.len() as u64,
        width,
        height,
        raw: picture.raw,
    }
}

#[cfg(test)]
mod tests {
    use picket_common::wire::Header;

    use super::*;

    fn grey(text: &str, width: u32, height: u32) -> Arc<Picture> {
        let raw = Some(RawShape { width, height, channels: 1 });
        let header = Header { msg: text.into(), raw, keys: None };
        let body = vec![0; (width * height) as usize];
        Arc::new(Picture::live(header, body, "2026-11-20T12:00:00Z".parse().unwrap()).unwrap())
    }

    fn texts(live: &Live) -> Vec<String> {
        live.list(Duration::ZERO).into_iter().map(|shown| shown.text).collect()
    }

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_latest_picture_of_each_text_is_kept() {
        let live = Live::default();
        live.keep(grey("two", 2, 1), at(1));
        live.keep(grey("one", 1, 1), at(2));
        live.keep(grey("two", 2, 3), at(3));
        assert_eq!(texts(&live), ["one", "two"]);
        let (shown, picture) = live.find("two", at(5)).unwrap();
        assert_eq!((shown.age_ms, shown.bytes, shown.width, shown.height), (2000, 6, 2, 3));
        assert_eq!(picture.body, [0; 6]);
    }

    #[test]
    fn what_was_not_renewed_for_longest_goes_when_there_are_too_many_or_they_are_too_large() {
        let live = Live::default();
        for number in 0..MOST {
            live.keep(grey(&format!("{number:02}"), 1, 1), at(1));
        }
        live.keep(grey("00", 1, 1), at(2));
        live.keep(grey("new", 1, 1), at(3));
        assert_eq!((texts(&live).len(), &texts(&live)[..2]), (MOST, &["00".to_owned(), "02".to_owned()][..]));
        live.keep(grey("large", 8192, 8191), at(4));
        let left = texts(&live);
        assert!(left.contains(&"large".to_owned()) && left.len() > 1, "it fits beside the small ones: {left:?}");
        live.keep(grey("other", 8192, 8192), at(5));
        assert_eq!(texts(&live), ["other"]);
        live.keep(grey("small", 1, 1), at(6));
        assert_eq!(texts(&live), ["small"]);
    }

    #[test]
    fn a_text_that_is_not_there_is_answered_with_the_nearest() {
        let live = Live::default();
        let check = |text: &str, expected: &str| assert_eq!(live.find(text, at(9)).unwrap_err(), expected, "{text}");
        check("x", "no test picture has come since the hub was started (one whose text has no `|`)");
        live.keep(grey("window", 1, 1), at(1));
        live.keep(grey("a\u{1b}[31m\nb", 1, 1), at(1));
        check("windwo", "no test picture is called `windwo`; did you mean `window`?");
        check("x\u{7}", "no test picture is called `x\\u{7}`; `picket-hub latest` lists what there is");
        assert!(live.find("a\\u{1b}[31m\\nb", at(9)).is_ok(), "as it is shown");
        check("a\\u{1b}[31m\\nc", "no test picture is called `a\\u{1b}[31m\\nc`; did you mean `a\\u{1b}[31m\\nb`?");
    }
}
