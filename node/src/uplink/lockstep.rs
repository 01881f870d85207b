//! One message at a time, as imagezmq's hub wants it: each waits for the reply to the one before.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use picket_common::transport::Sender;
use picket_common::wire::{Number, StreamId};

use super::{State, Uplink};
use crate::config::Protocol;
use crate::outbox::Item;

/// What was asked of an old hub.
#[derive(Default)]
pub(super) struct Lockstep {
    pub(super) asked: Option<Asked>,
    /// The last number sent in each stream.
    pub(super) sent: Vec<(StreamId, u64)>,
    pub(super) pause_until: Duration,
}

/// What an old hub has not answered yet.
pub(super) struct Asked {
    pub(super) item: Option<Arc<Item>>,
    pub(super) since: Duration,
}

impl<S: Sender> Uplink<S> {
    pub(super) fn act_in_lockstep(&mut self, now: Duration) -> Result<()> {
        let State::Lockstep(lockstep) = &self.state else { return Ok(()) };
        match &lockstep.asked {
            Some(asked) if now.saturating_sub(asked.since) >= self.settings.timeout => return self.start_anew(),
            Some(_) => return Ok(()),
            None if now < lockstep.pause_until => return Ok(()),
            None => {}
        }
        if now.saturating_sub(self.beaten) >= self.settings.heartbeat {
            if self.beat(now)? {
                self.ask(None, now);
            }
            return Ok(());
        }
        let streams = self.outbox.streams();
        let Some(item) = streams.into_iter().find_map(|stream| self.outbox.after(stream, 0)) else { return Ok(()) };
        let mut header = item.header(self.lockstep_number(&item));
        header.msg = for_an_old_hub(header.msg);
        let header = header.encode();
        if self.link.send(&header, &item.body)? {
            self.ask(Some(item), now);
        }
        Ok(())
    }

    /// `protocol: imagezmq` sends no numbers; to an old hub that was recognised they do no harm, and a Picket hub
    /// that takes its place asks for a hello because of them.
    fn lockstep_number(&self, item: &Item) -> Option<Number> {
        let State::Lockstep(lockstep) = &self.state else { return None };
        let prev = lockstep.sent.iter().find(|(stream, _)| *stream == item.stream).map_or(0, |(_, seq)| *seq);
        let number = Number { stream: item.stream, seq: item.seq, prev: prev.min(item.seq - 1) };
        (self.settings.protocol == Protocol::Picket).then_some(number)
    }

    fn ask(&mut self, item: Option<Arc<Item>>, now: Duration) {
        let State::Lockstep(lockstep) = &mut self.state else { return };
        if let Some(item) = &item {
            lockstep.sent.retain(|(stream, _)| *stream != item.stream);
            lockstep.sent.push((item.stream, item.seq));
        }
        lockstep.asked = Some(Asked { item, since: now });
    }
}

/// imagehub looks at no more than the first letter of a text's second field: `H` is a heartbeat, `i` and `j` are images.
/// So that it logs an input (`Barn pir|input|active`) and does not drop it, that letter changes its case.
fn for_an_old_hub(mut msg: String) -> String {
    let Some(at) = msg.find('|').map(|bar| bar + 1) else { return msg };
    let what = msg[at..].split('|').next().unwrap_or_default();
    let other = match what.chars().next() {
        Some('H') if what != "Heartbeat" => "h",
        Some('i') if what != "image" => "I",
        Some('j') if what != "jpg" => "J",
        _ => return msg,
    };
    msg.replace_range(at..=at, other);
    msg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_hub_takes_nothing_for_an_image_or_a_heartbeat_that_is_none() {
        let check = |msg: &str, expected: &str| assert_eq!(for_an_old_hub(msg.to_owned()), expected);
        check("Barn pir|input|active", "Barn pir|Input|active");
        check("Barn deck|Humidity|48 %", "Barn deck|humidity|48 %");
        check("Barn|jam|3", "Barn|Jam|3");
        for kept in
            ["Barn|Heartbeat", "Barn Door|jpg", "Barn|image", "Barn|motion|moving|i", "Barn|Temp|7 C", "Barn", "|", ""]
        {
            check(kept, kept);
        }
    }
}
