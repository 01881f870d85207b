//! A virtual node: pictures and events into a real spool, from there over a real uplink. Knows no threads.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use picket_common::event::{EventData, ImageData, Phase};
use picket_common::time::Clock;
use picket_common::transport::Sender;
use picket_common::wire::StreamId;

use super::Member;
use super::course::{Course, Turn};
use super::ledger::{Heard, Ledger};
use super::oracle::Oracle;
use super::payload::{Painter, SIDE};
use super::tally::Tally;
use crate::author::Author;
use crate::health::Health;
use crate::spool::{Class, Spool};
use crate::uplink::{Settings, Uplink};

/// A node without a rate sends on while fewer of its messages are not acknowledged: what a hub allows to be under way.
const UNDER_WAY: usize = 64;

/// One virtual node.
pub(super) struct Node<S> {
    uplink: Uplink<Heard<S>>,
    author: Author,
    painter: Painter,
    course: Course,
    clock: Arc<dyn Clock>,
    /// The event that goes on.
    event: Option<String>,
}

impl<S: Sender> Node<S> {
    /// A node that has sent nothing yet, with whatever is in its spool.
    pub(super) fn new(
        link: S,
        spool: Spool,
        oracle: Option<Oracle>,
        settings: Settings,
        (painter, course): (Painter, Course),
        (health, clock): (Health, Arc<dyn Clock>),
    ) -> Node<S> {
        let author = Author {
            node: settings.node.clone(),
            view: Some(super::VIEW.to_owned()),
            boot: health.boot(),
            clock: clock.clone(),
            spool: spool.clone(),
        };
        let ledger = Ledger::new(spool.clone(), oracle);
        let heard = Heard { link, ledger, clock: clock.clone(), is_welcome: false, is_old: false };
        let uplink = Uplink::new(heard, spool, settings, health, clock.clone());
        Node { uplink, author, painter, course, clock, event: None }
    }

    /// The next picture, and the event that stands before it.
    fn push(&mut self, now: Duration) -> Result<()> {
        let (turn, role, class) = self.course.next();
        match turn {
            Turn::Start => {
                let (stream, seq) = self.author.spool.next(Class::Event);
                self.event = Some(format!("{stream}-{seq}"));
                self.push_event(Phase::Start, "moving", now)?;
            }
            Turn::End => {
                self.push_event(Phase::End, "still", now)?;
                self.event = None;
            }
            Turn::On => {}
        }
        let place = self.author.spool.next(class);
        let picture = self.painter.paint(&stamp(place));
        self.note(place, Some(&picture), now)?;
        let data = ImageData { role, width: SIDE, height: SIDE, also: Vec::new() };
        self.author.image(class, self.author.now(), self.event.as_deref(), &data, picture);
        Ok(())
    }

    fn push_event(&mut self, phase: Phase, state: &str, now: Duration) -> Result<()> {
        self.note(self.author.spool.next(Class::Event), None, now)?;
        let data = EventData::new(phase, "motion", state);
        self.author.event(self.author.now(), self.event.as_deref(), &data);
        Ok(())
    }

    fn note(&mut self, place: (StreamId, u64), picture: Option<&[u8]>, now: Duration) -> Result<()> {
        let noted = self.uplink.link_mut(|heard| heard.ledger.send(place, picture, now));
        noted.context("cannot write to the oracle")
    }

    fn may_push(&self, now: Duration) -> bool {
        match self.course.due() {
            Some(due) => due <= now,
            None => self.uplink.link().ledger.waiting() < UNDER_WAY,
        }
    }
}

/// What a picture says of itself.
fn stamp((stream, seq): (StreamId, u64)) -> String {
    format!("picket-node simulate {stream} {seq}")
}

impl<S: Sender> Member<S> for Node<S> {
    fn step(&mut self, is_sending: bool) -> Result<()> {
        let now = self.clock.uptime();
        while is_sending && self.may_push(now) {
            self.push(now)?;
        }
        self.uplink.step(Duration::ZERO)?;
        if self.uplink.link().is_old {
            bail!("this hub speaks imagezmq only; use --protocol imagezmq");
        }
        Ok(())
    }

    fn due(&self) -> Option<Duration> {
        self.course.due()
    }

    fn link(&self) -> &S {
        &self.uplink.link().link
    }

    fn is_done(&self) -> bool {
        self.uplink.link().ledger.waiting() == 0
    }

    fn end(&mut self) -> Result<Tally> {
        let now = self.clock.uptime();
        self.uplink.link_mut(|heard| {
            heard.ledger.sweep(now).context("cannot write to the oracle")?;
            Ok(std::mem::take(&mut heard.ledger.tally))
        })
    }
}
