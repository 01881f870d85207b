//! A virtual node: pictures and events into a real spool, from there over a real uplink. Knows no threads.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use picket_common::event::{EventData, ImageData, Phase};
use picket_common::time::Clock;
use picket_common::transport::Dialer;
use picket_common::wire::StreamId;

use super::Member;
use super::course::{Course, Turn};
use super::ledger::Ledger;
use super::payload::{Painter, SIDE};
use super::tally::Tally;
use crate::author::Author;
use crate::health::Health;
use crate::spool::Spool;
use crate::uplink::{Settings, Uplink};

/// A node without a rate sends on while fewer of its messages are not acknowledged: what a hub allows to be under way.
const UNDER_WAY: usize = 64;

/// One virtual node.
pub(super) struct Node<S> {
    uplink: Uplink<S>,
    ledger: Ledger,
    author: Author,
    painter: Painter,
    course: Course,
    clock: Arc<dyn Clock>,
    /// Tells this run's pictures and events from those of another one.
    run: StreamId,
    counter: u64,
    /// The event that goes on.
    event: Option<String>,
}

impl<S: Dialer> Node<S> {
    /// A node that has sent nothing yet, with whatever is in its spool.
    pub(super) fn new(
        link: S,
        (spool, ledger): (Spool, Ledger),
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
        let uplink = Uplink::new(link, spool, settings, health, clock.clone());
        let (run, counter, event) = (StreamId::random(), 0, None);
        Node { uplink, ledger, author, painter, course, clock, run, counter, event }
    }

    /// The next picture, and the event that stands before it.
    fn push(&mut self) {
        let (turn, role, class) = self.course.next();
        self.counter += 1;
        match turn {
            Turn::Start => {
                self.event = Some(format!("{}-{}", self.run, self.counter));
                self.push_event(Phase::Start, "moving");
            }
            Turn::End => {
                self.push_event(Phase::End, "still");
                self.event = None;
            }
            Turn::On => {}
        }
        let picture = self.painter.paint(&super::stamp(self.run, &self.author.node, self.counter));
        let data = ImageData { role, width: SIDE, height: SIDE, also: Vec::new() };
        self.author.image(class, self.author.now(), self.event.as_deref(), &data, picture);
    }

    fn push_event(&self, phase: Phase, state: &str) {
        self.author.event(self.author.now(), self.event.as_deref(), &EventData::new(phase, "motion", state));
    }

    fn may_push(&self, now: Duration) -> bool {
        self.course.due().map_or_else(|| self.ledger.under_way() < UNDER_WAY, |due| due <= now)
    }
}

impl<S: Dialer> Member<S> for Node<S> {
    fn step(&mut self, is_sending: bool) -> Result<()> {
        let now = self.clock.uptime();
        while is_sending && self.may_push(now) {
            self.push();
        }
        // Before anything leaves of which the oracle does not know.
        self.ledger.check().context("cannot write to the oracle")?;
        self.uplink.step(Duration::ZERO)
    }

    fn due(&self) -> Option<Duration> {
        self.course.due()
    }

    fn link(&self) -> &S {
        self.uplink.link()
    }

    fn is_connected(&self) -> bool {
        self.uplink.is_connected()
    }

    fn is_done(&self) -> bool {
        self.author.spool.stock().messages == 0
    }

    fn end(&mut self) -> Tally {
        self.ledger.end()
    }
}
