//! The sessions that were begun: by the hash of their id, whose they are, since when and from where, and when they were last
//! used. A restart of the hub ends none. They end when they were not used for [`IDLE`], after [`LONGEST`], when their user
//! logs out, and when the user's generation is another one. Knows no password.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use jiff::SignedDuration;
use picket_common::time::{Clock, Timestamp};
use serde::{Deserialize, Serialize};

use super::secret::Digest;
use super::users::User;
use crate::private;

const FILE: &str = "sessions.json";

/// Without use a session lasts so long.
pub const IDLE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// No session lasts longer.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Whoever begins more than this ends their oldest.
const MOST: usize = 50;
/// When one was last used is written down so exactly.
const EXACT: SignedDuration = SignedDuration::from_hours(1);

/// One of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// The hash of its id.
    id: Digest,
    /// Whose it is.
    pub user: String,
    /// The user's generation when it began.
    generation: String,
    /// From where it was begun.
    pub from: IpAddr,
    /// When it began.
    pub since: Timestamp,
    /// When it was last used, about.
    pub used: Timestamp,
}

/// Those of `data`, as they were written down last; whoever is no user any more may be among them.
pub fn read(data: &Path) -> Result<Vec<Session>> {
    Ok(private::read(&data.join(FILE), "move it away")?.unwrap_or_default())
}

/// Writes them down, durably.
pub(super) fn write(data: &Path, sessions: &[Session]) -> Result<()> {
    private::write(&data.join(FILE), &sessions)
}

/// Those that a running hub knows.
pub(super) struct Sessions {
    clock: Arc<dyn Clock>,
    all: HashMap<Digest, Session>,
    /// Whether it was not asked for all since something changed.
    is_changed: bool,
}

impl Sessions {
    pub(super) fn new(sessions: Vec<Session>, clock: Arc<dyn Clock>) -> Sessions {
        let all = sessions.into_iter().map(|session| (session.id.clone(), session)).collect();
        Sessions { clock, all, is_changed: false }
    }

    /// Begins the one with this id.
    pub(super) fn begin(&mut self, id: Digest, user: &str, generation: &str, from: IpAddr) {
        let now = self.clock.now();
        let own = self.all.values().filter(|session| session.user == user);
        let mut own: Vec<(Timestamp, Digest)> = own.map(|session| (session.used, session.id.clone())).collect();
        own.sort_unstable_by_key(|(used, _)| *used);
        let too_many = (own.len() + 1).saturating_sub(MOST);
        own.into_iter().take(too_many).for_each(|(_, oldest)| _ = self.all.remove(&oldest));
        let (user, generation) = (user.to_owned(), generation.to_owned());
        self.all.insert(id.clone(), Session { id, user, generation, from, since: now, used: now });
        self.is_changed = true;
    }

    /// The user and the generation of this one, which is used now.
    pub(super) fn touch(&mut self, id: &Digest) -> Option<(String, String)> {
        let now = self.clock.now();
        let session = self.all.get_mut(id).filter(|session| session.lasts(now))?;
        if now < session.since.max(session.used) {
            // It was begun by a clock that was wrong, and would last until then.
            (session.since, session.used) = (session.since.min(now), session.used.min(now));
            self.is_changed = true;
        }
        if EXACT <= now.duration_since(session.used) {
            session.used = now;
            self.is_changed = true;
        }
        self.find(id)
    }

    /// The user and the generation of this one.
    pub(super) fn find(&self, id: &Digest) -> Option<(String, String)> {
        let session = self.all.get(id).filter(|session| session.lasts(self.clock.now()))?;
        Some((session.user.clone(), session.generation.clone()))
    }

    /// Whether `user` has one that was begun in this network.
    pub(super) fn has_from(&self, user: &User, network: IpAddr) -> bool {
        let now = self.clock.now();
        let mut own = self.all.values().filter(|session| session.is_of(user) && session.lasts(now));
        own.any(|session| super::network(session.from) == network)
    }

    /// Ends it.
    pub(super) fn end(&mut self, id: &Digest) {
        self.is_changed |= self.all.remove(id).is_some();
    }

    /// Ends those that are over, and those that `wanted` does not want.
    pub(super) fn keep(&mut self, wanted: impl Fn(&Session) -> bool) {
        let (now, before) = (self.clock.now(), self.all.len());
        self.all.retain(|_, session| session.lasts(now) && wanted(session));
        self.is_changed |= self.all.len() < before;
    }

    /// All of them, where they are not as they were when they were last asked for.
    pub(super) fn changed(&mut self) -> Option<Vec<Session>> {
        let mut all: Vec<Session> =
            std::mem::take(&mut self.is_changed).then(|| self.all.values().cloned().collect())?;
        all.sort_by_key(|session| session.since);
        Some(all)
    }

    /// They were not written down.
    pub(super) fn not_written(&mut self) {
        self.is_changed = true;
    }
}

impl Session {
    /// Whether it is one of this user's as they are now.
    pub fn is_of(&self, user: &User) -> bool {
        self.user == user.name && self.generation == user.generation
    }

    /// Whether it is not over. A clock that was put back ends none.
    pub fn lasts(&self, now: Timestamp) -> bool {
        now.duration_since(self.used) < IDLE && now.duration_since(self.since) < LONGEST
    }
}
