//! Those who connect to a source that listens: one is heard, one more may wait, and all others are turned away. The port
//! stays open over the source's reopenings. Knows nothing of what they send.

use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use picket_common::shutdown::Shutdown;
use picket_common::time::{Clock, SystemClock};
use tracing::{info, warn};

use super::Porch;
use crate::link::{Door, Gap, Link};
use crate::source::SourceError;

/// How often the door is looked at.
const SLICE: Duration = Duration::from_millis(50);

pub(in crate::source) struct Guests {
    place: String,
    door: Door,
    waiting: Mutex<Option<(TcpStream, SocketAddr)>>,
}

impl Guests {
    /// Those who come to `place`; the port is opened if it is not yet.
    pub(super) fn at(porch: &mut Porch, place: &str) -> Result<Arc<Guests>, SourceError> {
        if let Some(guests) = porch {
            return Ok(guests.clone());
        }
        let door = Door::open(place).map_err(SourceError::Lost)?;
        info!("listening at {place}");
        Ok(porch.insert(Arc::new(Guests { place: place.to_owned(), door, waiting: Mutex::default() })).clone())
    }

    /// The next one, waited for; and who it is.
    pub(super) fn next(&self, patience: Duration, shutdown: &Shutdown) -> Result<(Link, String), SourceError> {
        let (mut waited, waiting) = (Duration::ZERO, self.lock().take());
        let mut come = waiting;
        while come.is_none() {
            come = self.door.look().map_err(|why| self.away(&why))?;
            if come.is_some() || shutdown.is_requested() {
                break;
            }
            if waited >= patience {
                let why = format!("nobody has connected for {} s", patience.as_secs_f64());
                return Err(self.away(&why));
            }
            SystemClock.wait(SLICE, shutdown);
            waited += SLICE;
        }
        let (stream, peer) = come.ok_or(SourceError::Ended)?;
        info!("{peer} has connected to {}", self.place);
        match Link::new(stream, patience, shutdown) {
            Ok(link) => Ok((link, peer.to_string())),
            Err(Gap::Broken(why)) => Err(self.away(&why)),
            Err(_) => Err(SourceError::Ended),
        }
    }

    /// Looks who else has come while `heard` is heard.
    pub(super) fn look(&self, heard: &str) {
        let Ok(Some((stream, peer))) = self.door.look() else { return };
        let mut waiting = self.lock();
        match &*waiting {
            None => {
                warn!("{peer} has connected too and has to wait: {heard} is heard at {}, one at a time", self.place);
                *waiting = Some((stream, peer));
            }
            Some((_, other)) => {
                warn!("{peer} was turned away: {heard} is heard at {}, and {other} waits", self.place);
            }
        }
    }

    fn away(&self, why: &str) -> SourceError {
        SourceError::Away(format!("{}: {why}", self.place))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(TcpStream, SocketAddr)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
impl Guests {
    /// The port that the system has chosen.
    pub(super) fn address(&self) -> SocketAddr {
        self.door.address()
    }
}
