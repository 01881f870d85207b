//! A frame that several events want is sent once: under the first of them, with the others named beside it, or, when it
//! was sent before, as something that the event's own messages tell of. Pure: wishes in, what is to be sent out.

use std::sync::Arc;

use picket_common::event::{Also, Earlier, Role};
use picket_common::time::ClockState;

use super::ring::{Claim, Held};
use crate::spool::Class;

/// Somebody wants a frame to be kept.
#[derive(Debug, Clone)]
pub(super) struct Want {
    /// The event; none is for no event.
    pub(super) event: Option<Arc<str>>,
    pub(super) role: Role,
    pub(super) frame: Arc<Held>,
}

impl Want {
    /// The trigger, the best and a snapshot go with the event: whatever has to be dropped later, each event keeps a
    /// picture.
    fn class(&self) -> Class {
        match self.role {
            Role::Trigger | Role::Best | Role::Snapshot => Class::Event,
            _ if self.event.is_some() => Class::EventFrame,
            _ => Class::Continuous,
        }
    }
}

/// A frame that is to be sent.
#[derive(Debug)]
pub(super) struct Image {
    /// Under which event, and why.
    pub(super) want: Want,
    pub(super) class: Class,
    pub(super) also: Vec<Also>,
}

/// What becomes of the wishes.
#[derive(Debug, Default)]
pub(super) struct Shares {
    pub(super) images: Vec<Image>,
    /// The frames that were sent before, each with the event that they belong to as well.
    earlier: Vec<(Arc<str>, Earlier)>,
}

impl Shares {
    /// `view` is the camera's. Wishes without an event come last, so that a frame that has an event is sent under it.
    pub(super) fn new(wants: Vec<Want>, view: Option<&str>) -> Shares {
        let mut shares = Shares::default();
        for want in wants {
            let claim = want.frame.claim(want.event.as_ref());
            match (claim, &want.event) {
                (Claim::First, _) => {
                    shares.images.push(Image { class: want.class(), want, also: Vec::new() });
                }
                (Claim::Shared, Some(event)) => shares.add(event, &want, view),
                (Claim::Shared, None) | (Claim::Again, _) => {}
            }
        }
        shares
    }

    fn add(&mut self, event: &Arc<str>, want: &Want, view: Option<&str>) {
        match self.images.iter_mut().find(|image| Arc::ptr_eq(&image.want.frame, &want.frame)) {
            Some(image) => {
                image.class = image.class.min(want.class());
                image.also.push(Also { event: event.to_string(), role: want.role });
            }
            None => {
                let earlier = earlier(&want.frame, view, want.role);
                self.earlier.push((event.clone(), earlier));
            }
        }
    }

    /// The frames of `event` that were sent before, to be told in its message.
    pub(super) fn take_earlier(&mut self, event: &str) -> Vec<Earlier> {
        self.earlier.extract_if(.., |(of, _)| **of == *event).map(|(_, earlier)| earlier).collect()
    }

    /// An event with frames of its that are still to be told.
    pub(super) fn untold(&self) -> Option<Arc<str>> {
        self.earlier.first().map(|(event, _)| event.clone())
    }
}

/// The frame, as its event's message refers to it. A stamp that may be corrected when it is sent has what that needs.
fn earlier(frame: &Held, view: Option<&str>, role: Role) -> Earlier {
    let clock = Some(frame.clock).filter(|clock| *clock != ClockState::Synced);
    let mono_ns = clock.and_then(|_| u64::try_from(frame.mono.as_nanos()).ok());
    Earlier { view: view.map(str::to_owned), at: frame.at, was: None, clock, mono_ns, role }
}
