//! One picture after the other, each after the answer to the one before, as imagezmq's REQ does. A picture that is not
//! answered in time is given up and the connection made anew: a REQ would wait for ever. Knows no socket.

use std::time::Duration;

use anyhow::Result;
use jiff::tz::TimeZone;
use picket_common::transport::{Sender, TransportError};
use picket_common::wire::Reply;

use super::Course;
use super::tally::Tally;

/// How long a stop may go unnoticed.
const GLANCE: Duration = Duration::from_millis(100);

/// What became of a picture.
enum Outcome {
    Answer(Vec<u8>),
    TimedOut,
    Stopped,
}

/// Sends until the course is over; ends early when not even the first picture is answered.
pub(super) fn send(course: &Course, link: &mut impl Sender) -> Result<Tally> {
    let zone = TimeZone::system();
    let start = course.clock.uptime();
    let (mut tally, mut told, mut number) = (Tally::new(start), start, 1);
    while course.wait_for(number, start) {
        let time = course.clock.now().to_zoned(zone.clone()).strftime("%H:%M:%S").to_string();
        let (header, body) = course.painter.message(number, &time)?;
        let asked = course.clock.uptime();
        let outcome = ask(course, link, header, &body)?;
        let now = course.clock.uptime();
        match outcome {
            Outcome::Stopped => break,
            Outcome::Answer(part) => {
                tally.answer(header.len() + body.len(), now.saturating_sub(asked), now);
                judge(&mut tally, number, &part);
            }
            Outcome::TimedOut => {
                tally.lose(now);
                if tally.answered() == 0 {
                    break;
                }
                eprintln!("picture {number}: no answer in {:?}; connecting anew", course.timeout);
                link.reconnect()?;
            }
        }
        course.tell(&mut told, || tally.line());
        number += 1;
    }
    Ok(tally)
}

/// A reason is shown when it first comes; they are counted all the same.
fn judge(tally: &mut Tally, number: u64, part: &[u8]) {
    match Reply::decode(part) {
        Ok(Reply::Refused(reason)) => {
            if tally.refused.add(&reason) {
                eprintln!("picture {number} was refused: {reason:?}");
            }
        }
        _ if part == b"OK" => tally.ok += 1,
        _ => {
            let text = String::from_utf8_lossy(part).into_owned();
            if tally.otherwise.add(&text) {
                eprintln!("picture {number} was answered {text:?}, not OK");
            }
        }
    }
}

fn ask(course: &Course, link: &mut impl Sender, header: &[u8], body: &[u8]) -> Result<Outcome, TransportError> {
    let end = course.clock.uptime() + course.timeout;
    let left = || end.saturating_sub(course.clock.uptime());
    while !link.send(header, body)? {
        if course.clock.wait(GLANCE.min(left()), course.shutdown) {
            return Ok(Outcome::Stopped);
        }
        if left().is_zero() {
            return Ok(Outcome::TimedOut);
        }
    }
    loop {
        if let Some(part) = link.receive(GLANCE.min(left()))? {
            return Ok(Outcome::Answer(part));
        }
        if course.shutdown.is_requested() {
            return Ok(Outcome::Stopped);
        }
        if left().is_zero() {
            return Ok(Outcome::TimedOut);
        }
    }
}
