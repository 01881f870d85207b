//! Pictures that go on to whoever looks: live ones at once, stored ones when they are safe. Ingest hands them over and waits
//! for nobody.

use std::sync::Arc;

use picket_common::transport::Receiver;
use picket_common::wire::Header;

use super::Ingest;
use crate::entry::Entry;
use crate::live::Live;
use crate::output::Tap;
use crate::picture::Picture;

impl<R: Receiver> Ingest<R> {
    /// The latest live pictures, for whoever wants to look at them.
    pub fn live(&self) -> Live {
        self.live.clone()
    }

    /// Hands on what is stored or live to this output too.
    pub fn hand_on_to(&mut self, tap: Tap) {
        self.taps.push(tap);
    }

    /// What is not stored, if there is a picture in it.
    pub(super) fn show(&mut self, header: Header, body: Vec<u8>) {
        if let Some(picture) = Picture::live(header, body, self.clock.now()).map(Arc::new) {
            self.taps.iter().for_each(|tap| tap.offer(&picture));
            self.live.keep(picture, self.clock.uptime());
        }
    }

    /// Keeps a copy of an image that was appended, if somebody wants it once it is safe.
    pub(super) fn note_picture(&mut self, entry: &Entry, body: &[u8]) {
        let is_wanted = |tap: &Tap| tap.wants(&entry.node, entry.view.as_deref());
        if entry.file.is_some() && self.taps.iter().any(is_wanted) {
            self.batch.pictures.push(Arc::new(Picture::stored(entry, body.to_vec())));
        }
    }

    /// These are safe.
    pub(super) fn hand_on(&mut self, pictures: Vec<Arc<Picture>>) {
        for picture in pictures {
            self.taps.iter().for_each(|tap| tap.offer(&picture));
        }
    }
}
