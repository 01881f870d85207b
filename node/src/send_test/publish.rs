//! Published pictures: at a steady rate, to whoever has subscribed, and nobody answers.

use std::fmt;
use std::time::Duration;

use anyhow::Result;
use jiff::tz::TimeZone;
use picket_common::bytes::Bytes;
use picket_common::transport::TransportError;
use picket_common::transport::zmq::{Audience, Publisher, Visit};

use super::Course;
use super::tally::rate;

/// What was published, and who was there.
#[derive(Debug, Default)]
pub(super) struct Summary {
    published: u64,
    bytes: u64,
    time: Duration,
    came: u64,
    went: u64,
}

/// Publishes until the course is over.
pub(super) fn publish(course: &Course, publisher: &mut Publisher) -> Result<Summary> {
    let zone = TimeZone::system();
    let mut audience = publisher.audience()?;
    let start = course.clock.uptime();
    let (mut summary, mut told, mut number) = (Summary::default(), start, 1);
    while course.wait_for(number, start) {
        let time = course.clock.now().to_zoned(zone.clone()).strftime("%H:%M:%S").to_string();
        let (header, body) = course.painter.message(number, &time)?;
        summary.look(&mut audience)?;
        publisher.publish(header, &body)?;
        summary.published += 1;
        summary.bytes += (header.len() + body.len()) as u64;
        summary.time = course.clock.uptime().saturating_sub(start);
        course.tell(&mut told, || summary.line());
        number += 1;
    }
    summary.look(&mut audience)?;
    Ok(summary)
}

impl Summary {
    fn look(&mut self, audience: &mut Audience) -> Result<(), TransportError> {
        while let Some(visit) = audience.next(Duration::ZERO)? {
            match visit {
                Visit::Came => self.came += 1,
                // One that was no subscriber is told too when it goes.
                Visit::Gone => self.went = (self.went + 1).min(self.came),
            }
        }
        Ok(())
    }

    fn line(&self) -> String {
        let rate = rate(self.published, self.bytes, self.time);
        format!("{} pictures published, {rate}, subscribers: {}", self.published, self.came - self.went)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mean = Bytes(self.bytes / self.published.max(1));
        let Summary { published, came, went, time, .. } = self;
        let rate = rate(*published, self.bytes, *time);
        writeln!(f, "{published} pictures of {mean} published in {:.1} s, {rate}", time.as_secs_f64())?;
        write!(f, "subscribers: {came} came, {went} went")
    }
}
