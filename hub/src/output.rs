//! An output: pictures on their way to whoever subscribes with Python's imagezmq, as stock publishers send them. A thread of
//! its own brings them into their form, behind a bounded queue, so that neither ingest nor anybody else waits for it, and
//! nobody waits for a subscriber that does not read. Knows neither journal nor shelf.

mod queue;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use picket_common::tally::Tally;
use picket_common::time::Clock;
use picket_common::transport::TransportError;
use picket_common::transport::zmq::Publisher;
use picket_common::wire::Header;
use tracing::warn;

use self::queue::Queue;
use crate::config::{PubConfig, SendType};
use crate::line;
use crate::picture::Picture;

/// So many pictures are held for each subscriber that does not keep up. Pixels are many times as large as the JPEG file.
const JPEG_BACKLOG: i32 = 100;
const PIXELS_BACKLOG: i32 = 16;
/// So much of a text is logged, in characters.
const LOGGED: usize = 100;

/// One output, with its socket.
pub struct Output {
    publisher: Publisher,
    tap: Tap,
    send_type: SendType,
    clock: Arc<dyn Clock>,
    dropped: Tally,
    odd: Tally,
}

/// Ingest's end of an output: which pictures it wants, and where they wait for it.
#[derive(Debug, Clone)]
pub struct Tap {
    queue: Queue,
    node: Option<String>,
    view: Option<String>,
}

impl Output {
    /// Binds the output's address.
    pub fn open(config: &PubConfig, clock: Arc<dyn Clock>) -> Result<Output, TransportError> {
        let backlog = match config.send_type {
            SendType::Jpg => JPEG_BACKLOG,
            SendType::Image => PIXELS_BACKLOG,
        };
        let publisher = Publisher::bind(&config.bind, backlog)?;
        let tap = Tap { queue: Queue::default(), node: config.node.clone(), view: config.view.clone() };
        let (dropped, odd) = (Tally::default(), Tally::default());
        Ok(Output { publisher, tap, send_type: config.send_type, clock, dropped, odd })
    }

    /// The address that was bound.
    pub fn address(&self) -> &str {
        self.publisher.address()
    }

    /// Ingest's end.
    pub fn tap(&self) -> Tap {
        self.tap.clone()
    }

    /// Whether nothing waits to be sent.
    pub fn is_done(&self) -> bool {
        self.tap.queue.is_empty()
    }

    /// Sends the next picture, waiting for one at most `wait`.
    pub fn step(&mut self, wait: Duration) -> Result<(), TransportError> {
        if let Some(picture) = self.tap.queue.pop(wait) {
            match in_form(&picture, self.send_type) {
                Ok((header, body)) => self.publisher.publish(&header.encode(), &body)?,
                Err(reason) => self.skip(&picture, &reason),
            }
        }
        self.dropped.add(self.tap.queue.take_dropped());
        if let Some(pictures) = self.dropped.due(self.clock.uptime()) {
            let output = self.address();
            warn!(output, pictures, "more pictures came than can be brought into their form; they were not sent on");
        }
        Ok(())
    }

    fn skip(&mut self, picture: &Picture, reason: &str) {
        self.odd.add(1);
        if let Some(pictures) = self.odd.due(self.clock.uptime()) {
            let (output, text) = (self.address(), line::clip(&picture.text, LOGGED));
            warn!(output, pictures, text, reason, "not sent on; the text and the reason are the last one's");
        }
    }
}

impl Tap {
    /// Whether pictures of this node and view are wanted.
    pub fn wants(&self, node: &str, view: Option<&str>) -> bool {
        self.node.as_deref().is_none_or(|wanted| wanted == node)
            && self.view.as_deref().is_none_or(|wanted| Some(wanted) == view)
    }

    /// Hands a picture to the output, if it is wanted.
    pub fn offer(&self, picture: &Arc<Picture>) {
        if self.wants(&picture.keys.node, picture.keys.view.as_deref()) {
            self.queue.push(picture.clone());
        }
    }
}

/// The two parts of the message.
fn in_form(picture: &Picture, send_type: SendType) -> Result<(Header, Cow<'_, [u8]>), String> {
    let (raw, body) = match send_type {
        SendType::Jpg => (None, picture.jpeg()?),
        SendType::Image => picture.pixels().map(|(raw, pixels)| (Some(raw), pixels))?,
    };
    Ok((Header { msg: text_for(&picture.text, send_type), raw, keys: Some(picture.keys.clone()) }, body))
}

/// The text as a sender of this kind writes it: `Node View|jpg`, or `Node View|image`.
fn text_for(text: &str, send_type: SendType) -> String {
    let word = match send_type {
        SendType::Jpg => "jpg",
        SendType::Image => "image",
    };
    let mut fields: Vec<&str> = text.split('|').collect();
    if let Some(field) = fields.get_mut(1).filter(|field| matches!(field.trim(), "jpg" | "image")) {
        *field = word;
    }
    fields.join("|")
}
