//! One sender: how much came from it, how fast, and what the last message was. Knows no socket.

use std::time::Duration;

use jiff::tz::TimeZone;
use picket_common::jpeg;
use picket_common::time::Timestamp;
use picket_common::wire::{Header, RawShape};

/// What came from one sender.
#[derive(Debug, Default)]
pub(super) struct Sender {
    messages: u64,
    bytes: u64,
    /// The latest message: bytes, and what it shows.
    size: usize,
    picture: String,
    latest: Timestamp,
    /// The first message's time and the last one's, in uptime.
    span: Option<(Duration, Duration)>,
    /// Since the last refresh; and how many a second that makes.
    recent: u64,
    per_second: Option<f64>,
}

impl Sender {
    /// A message came.
    pub(super) fn add(&mut self, header: &Header, parts: &[Vec<u8>], at: Timestamp, uptime: Duration) {
        self.messages += 1;
        self.recent += 1;
        self.size = parts.iter().map(Vec::len).sum();
        self.bytes += self.size as u64;
        self.picture = parts.last().map(|body| picture(header.raw, body)).unwrap_or_default();
        self.latest = at;
        self.span = Some((self.span.map_or(uptime, |(first, _)| first), uptime));
    }

    /// So much time has passed since the last refresh.
    pub(super) fn refresh(&mut self, passed: Duration) {
        self.per_second = Some(self.recent as f64 / passed.as_secs_f64().max(1e-9));
        self.recent = 0;
    }

    /// From the first message to the last, not the pause that may follow.
    pub(super) fn forget_refreshes(&mut self) {
        let time = self.span.map_or(Duration::ZERO, |(first, last)| last.saturating_sub(first));
        self.per_second = (!time.is_zero()).then(|| self.messages.saturating_sub(1) as f64 / time.as_secs_f64());
    }

    /// Behind name and address: messages, bytes, the latest one's bytes and picture, how many a second, and when the
    /// latest came.
    pub(super) fn cells(&self, zone: &TimeZone) -> [String; 6] {
        [
            self.messages.to_string(),
            self.bytes.to_string(),
            self.size.to_string(),
            self.picture.clone(),
            self.per_second.map(|rate| format!("{rate:.1}")).unwrap_or_default(),
            self.latest.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string(),
        ]
    }
}

/// Size and form of a picture.
fn picture(raw: Option<RawShape>, body: &[u8]) -> String {
    match raw {
        Some(RawShape { width, height, channels: 1 }) => format!("{width}x{height} grey"),
        Some(RawShape { width, height, .. }) => format!("{width}x{height} BGR"),
        None if body.starts_with(b"\xff\xd8") => match jpeg::size(body) {
            Ok((width, height)) => format!("{width}x{height} JPEG"),
            Err(_) => "damaged JPEG".to_owned(),
        },
        None => "no picture".to_owned(),
    }
}
