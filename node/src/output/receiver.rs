//! One receiver: its connection, and how much of a frame it has got. A frame that has begun is sent to its end, as nothing
//! tells a receiver where another begins. Knows not how the connection came about.

use std::sync::Arc;
use std::time::Duration;

use super::slot::Slot;
use crate::link::{Gap, Link};

/// How long a new frame is waited for at once.
const MOMENT: Duration = Duration::from_millis(50);

/// A receiver that takes nothing for so long is given up.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// What is said before the first frame and behind the last; empty for nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    pub(super) greeting: Vec<u8>,
    pub(super) farewell: Vec<u8>,
}

impl Words {
    pub(super) fn new(greeting: Option<&str>, farewell: Option<&str>) -> Words {
        Words { greeting: greeting.unwrap_or_default().into(), farewell: farewell.unwrap_or_default().into() }
    }
}

pub(super) struct Receiver {
    link: Link,
    /// What it says is of no interest; else somebody else listens to it.
    is_deaf: bool,
    patience: Duration,
    /// The number of the last frame that it got.
    number: u64,
    /// What is being sent, and how much of it is.
    sending: Option<(Arc<[u8]>, usize)>,
}

impl Receiver {
    /// One that gets what comes from now on.
    pub(super) fn new(mut link: Link, slot: &Slot, greeting: &[u8], patience: Duration) -> Result<Receiver, Gap> {
        let number = slot.number();
        link.wait_for(patience);
        link.send(greeting)?;
        Ok(Receiver { link, is_deaf: true, patience, number, sending: None })
    }

    /// One that says something to somebody else, who also notices when it hangs up; and is waited for until then.
    pub(super) fn heard_elsewhere(link: Link, slot: &Slot) -> Receiver {
        Receiver { link, is_deaf: false, patience: Duration::MAX, number: slot.number(), sending: None }
    }

    /// Sends on, for a moment. An error when it is of no more use.
    pub(super) fn step(&mut self, slot: &Slot) -> Result<(), Gap> {
        if self.link.is_over() {
            return Err(Gap::Stop);
        }
        let (bytes, done) = match self.sending.take() {
            Some(sending) => sending,
            None => {
                if self.is_deaf {
                    self.link.throw_away()?;
                }
                let Some((number, bytes)) = slot.newer(self.number, MOMENT) else { return Ok(()) };
                self.number = number;
                let Some(bytes) = bytes else { return Ok(()) };
                self.link.wait_for(self.patience);
                (bytes, 0)
            }
        };
        let sent = self.link.send_some(bytes.get(done..).unwrap_or_default())?;
        if sent > 0 {
            self.link.wait_for(self.patience);
        }
        let done = done + sent;
        self.sending = (done < bytes.len()).then_some((bytes, done));
        Ok(())
    }

    /// Says farewell, if no frame is under way.
    pub(super) fn end(mut self, farewell: &[u8]) {
        if self.sending.is_none() && !farewell.is_empty() {
            self.link.say_last(farewell);
        }
        // A connection that is closed over words that nobody has read is reset, and the farewell may be lost with it.
        if self.is_deaf {
            let _ = self.link.throw_away();
        }
    }
}

/// Why a receiver is gone, in words; none if the node stops.
pub(super) fn why(gap: Gap, patience: Duration) -> Option<String> {
    match gap {
        Gap::Stop => None,
        Gap::Stall => Some(format!("it took nothing for {} s", patience.as_secs_f64())),
        Gap::Broken(words) => Some(words),
    }
}
