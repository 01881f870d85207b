//! Frames that are sent with no regard to what is seen in them: all, or one now and then. Pure.

use std::time::Duration;

use picket_common::event::Role;

use crate::config::CameraSend;

/// Chooses them.
pub(super) struct Sampler {
    send: CameraSend,
    last: Option<Duration>,
}

impl Sampler {
    pub(super) fn new(send: CameraSend) -> Sampler {
        Sampler { send, last: None }
    }

    /// Whether the frame captured at `mono` is sent, and as what.
    pub(super) fn role(&mut self, mono: Duration) -> Option<Role> {
        match self.send {
            CameraSend::None => None,
            CameraSend::Continuous => Some(Role::Continuous),
            CameraSend::Every(every) => {
                let is_due = self.last.is_none_or(|last| mono.saturating_sub(last) >= every.0);
                is_due.then(|| {
                    self.last = Some(mono);
                    Role::Sample
                })
            }
        }
    }
}
