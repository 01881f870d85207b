//! Writes what a node or one of its views has to say, as imagenode's text with Picket's keys beside it, and
//! puts it into the spool. Knows no network and makes no decision.

use std::sync::Arc;
use std::time::Duration;

use picket_common::event::{self, EventData, ImageData, Kind, ReadingData, ReportData};
use picket_common::time::{Clock, ClockState, Timestamp};
use picket_common::wire::{self, Header, Keys};
use serde_json::Value;

use crate::spool::{Class, Spool};

/// Speaks for a node, or for one of its views.
#[derive(Clone)]
pub struct Author {
    /// The node's name.
    pub node: String,
    /// The view's name; a node's only camera may have none.
    pub view: Option<String>,
    /// The machine's run, for stamps that can be mended later.
    pub boot: String,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where messages go.
    pub spool: Spool,
}

/// A sign of life, as imagenode's heartbeat: an old hub answers it and does not log it. Nobody numbers it, and nobody
/// keeps it until it is acknowledged.
pub(crate) fn sign_of_life(node: &str, kind: Kind, data: Value, boot: String, clock: &dyn Clock) -> Header {
    let keys = Keys {
        picket: wire::VERSION,
        node: node.to_owned(),
        view: None,
        kind,
        number: None,
        at: Some(clock.now()),
        was: None,
        boot: Some(boot),
        mono_ns: u64::try_from(clock.uptime().as_nanos()).ok(),
        clock: Some(clock.state()),
        event: None,
        data,
    };
    Header { msg: format!("{node}|Heartbeat"), raw: None, keys: Some(keys) }
}

/// When something happened: by the wall clock, and by the machine's uptime.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// The wall clock's time.
    pub at: Timestamp,
    /// Time since the machine started.
    pub mono: Duration,
    /// Whether the wall clock could be believed then.
    pub clock: ClockState,
}

impl Author {
    /// The first field of its texts.
    pub fn subject(&self) -> String {
        match &self.view {
            Some(view) => format!("{} {view}", self.node),
            None => self.node.clone(),
        }
    }

    /// The present moment.
    pub fn now(&self) -> Moment {
        self.at(self.clock.now(), self.clock.uptime())
    }

    /// The moment of what has just come with stamps of its own, such as a frame.
    pub fn at(&self, at: Timestamp, mono: Duration) -> Moment {
        Moment { at, mono, clock: self.clock.state() }
    }

    /// An event, as imagenode's `Node View|motion|moving`; a detector with a name of its own is a fourth field.
    pub fn event(&self, moment: Moment, id: Option<&str>, data: &EventData) {
        let mut text = format!("{}|{}|{}", self.subject(), data.what, data.state);
        if let Some(detector) = data.detector.as_ref().filter(|name| **name != data.what) {
            text = format!("{text}|{detector}");
        }
        let keys = self.keys(Kind::Event, moment, id, event::to_value(data));
        self.spool.push(Class::Event, text, keys, event::BLACK_JPEG.into());
    }

    /// What a sensor measures, as imagenode's `Node|Temp|77 F`; the view, which is the sensor's name, keeps two of
    /// one kind apart. The text is rounded, the data is not.
    pub fn reading(&self, moment: Moment, data: &ReadingData) {
        let text = format!("{}|{}|{}", self.subject(), data.name, data.text());
        let keys = self.keys(Kind::Reading, moment, None, event::to_value(data));
        self.spool.push(Class::Event, text, keys, event::BLACK_JPEG.into());
    }

    /// A frame that is kept, as JPEG.
    pub fn image(&self, class: Class, moment: Moment, id: Option<&str>, data: &ImageData, jpeg: impl Into<Arc<[u8]>>) {
        let text = format!("{}|jpg", self.subject());
        let keys = self.keys(Kind::Image, moment, id, event::to_value(data));
        self.spool.push(class, text, keys, jpeg.into());
    }

    /// That the node has started, with imagenode's fields: host name, system, address, memory, hours since boot.
    pub fn restart(&self, fields: &[String]) {
        let text = format!("{}|Restart|{}", self.node, fields.join("|"));
        let data = EventData::new(event::Phase::Update, "node", "restarted");
        let keys = self.keys(Kind::Event, self.now(), None, event::to_value(&data));
        self.spool.push(Class::Event, text, keys, event::BLACK_JPEG.into());
    }

    /// That the node stops, as its last word: whoever misses it from now on need not wonder. It ran for so long.
    pub fn stopped(&self, ran: Duration) {
        let text = format!("{}|Stopped|after {}", self.node, picket_common::doctor::length(ran));
        let data = EventData::new(event::Phase::Update, "node", "stopped");
        let keys = self.keys(Kind::Event, self.now(), None, event::to_value(&data));
        self.spool.push(Class::Event, text, keys, event::BLACK_JPEG.into());
    }

    /// What was lost for want of room or to damage, or refused by the hub.
    pub fn report(&self, data: &ReportData) {
        let ReportData { events, images, refused, damaged } = data;
        let mut text = format!("{}|dropped|{events} events, {images} images, {refused} refused", self.node);
        if *damaged > 0 {
            text = format!("{text}, {damaged} damaged");
        }
        let keys = self.keys(Kind::Report, self.now(), None, event::to_value(data));
        self.spool.push(Class::Event, text, keys, event::BLACK_JPEG.into());
    }

    fn keys(&self, kind: Kind, moment: Moment, id: Option<&str>, data: Value) -> Keys {
        Keys {
            picket: wire::VERSION,
            node: self.node.clone(),
            view: self.view.clone(),
            kind,
            number: None,
            at: Some(moment.at),
            was: None,
            boot: Some(self.boot.clone()),
            mono_ns: u64::try_from(moment.mono.as_nanos()).ok(),
            clock: Some(moment.clock),
            event: id.map(str::to_owned),
            data,
        }
    }
}
