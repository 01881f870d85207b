//! A camera that gives JPEG pictures over HTTP: a stream of them (`multipart/x-mixed-replace`), or one at a time,
//! which is then asked for again and again. Its bytes go on as they came, mended where they must be.

mod address;
mod body;
mod head;
mod pictures;
mod proof;
mod visit;

use std::sync::Arc;
use std::time::Duration;

use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;

use self::address::Address;
use self::pictures::Pictures;
use self::proof::Proof;
use self::visit::visit;
use super::login::Login;
use super::{Source, SourceError};
use crate::config::HttpConfig;
use crate::frame::{Frame, Picture};
use crate::limit::Limit;

/// See [`Source::next`].
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) struct Http {
    address: Address,
    proof: Option<Proof>,
    /// For a stream.
    limit: Option<Limit>,
    /// Between one single picture and the next.
    interval: Duration,
    /// Uptime of the last request.
    asked: Duration,
    /// How long the camera may take to be reached, to answer, and to give one picture.
    patience: Duration,
    /// The answer that is being read.
    pictures: Option<Pictures>,
    clock: Arc<dyn Clock>,
    shutdown: Shutdown,
    index: u64,
    missed: u64,
}

impl Http {
    pub(super) fn open(config: &HttpConfig, clock: &Arc<dyn Clock>, shutdown: &Shutdown) -> Result<Http, SourceError> {
        let mut http = Http::new(config, clock, shutdown)?;
        let answer = http.ask().map_err(|error| http.named(error))?;
        http.pictures = Some(answer);
        Ok(http)
    }

    fn new(config: &HttpConfig, clock: &Arc<dyn Clock>, shutdown: &Shutdown) -> Result<Http, SourceError> {
        let address = Address::parse(&config.url).map_err(|why| SourceError::Lost(format!("url: {why}")))?;
        let login = Login::read(config.user.as_deref(), config.password_file.as_deref())?;
        let interval = |rate: f64| {
            Duration::try_from_secs_f64(1.0 / rate)
                .map_err(|_| SourceError::Lost(format!("{rate} frames a second cannot be; set `framerate`")))
        };
        Ok(Http {
            address,
            proof: login.map(Proof::new),
            limit: config.framerate.map(|rate| interval(rate.0)).transpose()?.map(Limit::new),
            interval: interval(config.framerate.unwrap_or(HttpConfig::SINGLE_PICTURES).0)?,
            asked: Duration::ZERO,
            patience: PATIENCE,
            pictures: None,
            clock: clock.clone(),
            shutdown: shutdown.clone(),
            index: 0,
            missed: 0,
        })
    }

    fn ask(&mut self) -> Result<Pictures, SourceError> {
        self.asked = self.clock.uptime();
        let (head, body) = visit(&self.address, self.proof.as_mut(), self.patience, &self.shutdown)?;
        Pictures::new(&head, body)
    }

    /// The next picture that keeps to the rate.
    fn picture(&mut self) -> Result<Picture, SourceError> {
        loop {
            let pictures = match &mut self.pictures {
                Some(pictures) => pictures,
                None => {
                    let due = self.asked.saturating_add(self.interval);
                    if self.clock.wait(due.saturating_sub(self.clock.uptime()), &self.shutdown) {
                        return Err(SourceError::Ended);
                    }
                    let answer = self.ask()?;
                    self.pictures.insert(answer)
                }
            };
            let missed = pictures.missed();
            let next = pictures.next(self.patience);
            self.missed += pictures.missed() - missed;
            let Some(picture) = next? else {
                self.pictures = None;
                continue;
            };
            let passes = self.limit.as_mut().is_none_or(|limit| limit.passes(self.clock.uptime()));
            if passes || pictures.is_first() {
                return Ok(picture);
            }
        }
    }

    fn named(&self, error: SourceError) -> SourceError {
        match error {
            SourceError::Lost(what) => SourceError::Lost(format!("{}: {what}", self.address)),
            other => other,
        }
    }
}

impl Source for Http {
    fn next(&mut self) -> Result<Frame, SourceError> {
        let picture = self.picture().map_err(|error| self.named(error))?;
        let (at, mono) = (self.clock.now(), self.clock.uptime());
        let frame = Frame { index: self.index, at, mono, picture: Arc::new(picture) };
        self.index += 1;
        Ok(frame)
    }

    fn missed(&self) -> u64 {
        self.missed
    }
}

#[cfg(test)]
mod tests;
