//! Who may use the page and the interface for programs: `users` with their passwords, roles and views, the `sessions`
//! that they have begun, and how often somebody may try (`throttle`). The command line changes `users.json`, a running hub only
//! reads it; `sessions.json` is the hub's. Both lie in the data directory, apart from the index: an index that is made anew
//! loses no user. Knows no HTTP.

pub mod password;
pub mod role;
pub mod secret;
pub mod sessions;
pub mod sight;
mod throttle;
pub mod users;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Result, bail};
use picket_common::name;
use picket_common::time::Clock;
use tracing::{debug, error, info, warn};

pub use self::role::{Right, Role};
use self::secret::Digest;
use self::sessions::{Session, Sessions};
pub use self::sight::{Pattern, Sight};
use self::throttle::Throttle;
pub(crate) use self::throttle::network;
use self::users::{Stamp, User, Users};
use crate::config::WebConfig;
use crate::line::clip;

/// So much of a name that somebody has typed goes into the log.
const NAME: usize = 40;

/// Who asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Who {
    /// By name; none where there are no users.
    pub name: Option<String>,
    /// What they may do.
    pub role: Role,
    /// What they may see.
    pub sight: Sight,
    /// How they have shown who they are.
    proof: Proof,
}

/// How somebody has shown who they are.
#[derive(Debug, Clone, PartialEq)]
enum Proof {
    /// There are no users.
    None,
    Session(Digest),
    Token(Digest),
}

/// Why nobody was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// Name or password are wrong, and it is not said which.
    Wrong,
    /// Too many have tried; again after this long.
    Wait(Duration),
    /// There are no users: nobody needs to log in, or nobody can.
    NoUsers,
    /// No session could be made.
    Broken,
}

/// Who may do what.
pub struct Access {
    data: PathBuf,
    clock: Arc<dyn Clock>,
    /// Whether everybody may do everything while there are no users.
    open: bool,
    users: RwLock<(Stamp, Arc<Users>)>,
    sessions: Mutex<Sessions>,
    throttle: Mutex<Throttle>,
    /// Held while sessions are written down; whoever only asks for one does not wait for the disk.
    writing: Mutex<()>,
    /// They could not be written down the last time.
    is_failing: AtomicBool,
}

impl Access {
    /// As the configuration and the users in `data` have it.
    ///
    /// # Errors
    /// Other machines reach the page, and there is neither a user nor the word that none is wanted; or the users cannot be
    /// read.
    pub fn open(data: &Path, config: &WebConfig, clock: Arc<dyn Clock>) -> Result<Access> {
        let stamp = Stamp::of(data);
        let users = Users::read(data)?;
        let open = config.is_open_without_users();
        if users.is_empty() && !open {
            bail!(
                "web.listen: `{}` can be reached from other machines, and there are no users. Add the first: `picket-hub user add \
                 NAME --role admin`. Or, if everybody there may see and delete all images, write `auth: none` below `web:`; or \
                 listen at 127.0.0.1:8080, this machine alone",
                config.listen
            );
        }
        // A file that cannot be read is no reason not to run.
        let sessions = sessions::read(data).unwrap_or_else(|error| {
            error!("everybody has to log in again: {error:#}");
            Vec::new()
        });
        Ok(Access {
            data: data.to_owned(),
            clock: clock.clone(),
            open,
            users: RwLock::new((stamp, Arc::new(users))),
            sessions: Mutex::new(Sessions::new(sessions, clock)),
            throttle: Mutex::default(),
            writing: Mutex::default(),
            is_failing: AtomicBool::new(false),
        })
    }

    /// Takes over what the command line has changed, and writes down when sessions were last used. To be called about once
    /// a second.
    pub fn refresh(&self) {
        let stamp = Stamp::of(&self.data);
        if stamp != self.users.read().unwrap_or_else(PoisonError::into_inner).0 {
            match self.read_users() {
                Ok(users) => {
                    info!(users = users.len(), "the users have changed");
                    *self.users.write().unwrap_or_else(PoisonError::into_inner) = (stamp, Arc::new(users));
                }
                // Those that were known stay; it is said once.
                Err(error) => {
                    error!("the users stay as they were: {error:#}");
                    self.users.write().unwrap_or_else(PoisonError::into_inner).0 = stamp;
                }
            }
        }
        let users = self.users();
        let is_whose = |session: &Session| users.named(&session.user).is_some_and(|user| session.is_of(user));
        locked(&self.sessions).keep(is_whose);
        self.note_sessions();
    }

    /// Those that are written down. A file that was there and is gone is no word that there are to be none.
    fn read_users(&self) -> Result<Users> {
        match Users::written(&self.data)? {
            None if !self.users().is_empty() => bail!("{} is gone; put it back", self.data.join(users::FILE).display()),
            users => Ok(users.unwrap_or_default()),
        }
    }

    /// Who everybody is while there are no users.
    ///
    /// # Errors
    /// There are some, or there must be some.
    pub fn anybody(&self) -> Result<Who, Denied> {
        match self.users().is_empty() {
            true if self.open => {
                Ok(Who { name: None, role: Role::Admin, sight: Sight::everything(), proof: Proof::None })
            }
            true => Err(Denied::NoUsers),
            false => Err(Denied::Wrong),
        }
    }

    /// Whose session this is.
    pub fn by_session(&self, id: &str) -> Option<Who> {
        let digest = Digest::of(id);
        let (user, generation) = locked(&self.sessions).touch(&digest)?;
        let users = self.users();
        let user = users.named(&user).filter(|user| user.generation == generation)?;
        Some(Who::of(user, user.role, Proof::Session(digest)))
    }

    /// Whose token this is.
    pub fn by_token(&self, token: &str) -> Option<Who> {
        let digest = Digest::of(token);
        let users = self.users();
        let (user, token) = users.of_token(&digest)?;
        Some(Who::of(user, user.role.min(token.role), Proof::Token(digest)))
    }

    /// Whether `who` may still do what they might: streams ask now and then.
    pub fn still_knows(&self, who: &Who) -> bool {
        let now = match &who.proof {
            Proof::None => self.anybody().ok(),
            Proof::Session(digest) => locked(&self.sessions).find(digest).and_then(|(user, generation)| {
                let users = self.users();
                let user = users.named(&user).filter(|user| user.generation == generation)?;
                Some(Who::of(user, user.role, who.proof.clone()))
            }),
            Proof::Token(digest) => {
                let users = self.users();
                users.of_token(digest).map(|(user, token)| Who::of(user, user.role.min(token.role), who.proof.clone()))
            }
        };
        now.as_ref() == Some(who)
    }

    /// Begins a session for whoever knows the password, and gives its id. Takes the time of a password for any name, and
    /// the memory: callers let one in at a time.
    ///
    /// # Errors
    /// Nobody is let in, and why.
    pub fn log_in(&self, name: &str, password: &str, from: IpAddr) -> Result<String, Denied> {
        if self.users().is_empty() {
            return Err(Denied::NoUsers);
        }
        let shown = clip(name, NAME);
        // Nobody has such a name, and it is not kept in memory.
        if name::MAX_BYTES < name.len() {
            return Err(Denied::Wrong);
        }
        let users = self.users();
        let user = users.named(name);
        let is_at_home = user.is_some_and(|user| locked(&self.sessions).has_from(user, network(from)));
        let try_again = locked(&self.throttle).enter(name, from, is_at_home, self.clock.uptime());
        if let Err(wait) = try_again {
            // Those that have failed were told; these cost whoever asks nothing, and would fill the log.
            debug!(user = %shown, address = %from, "a log-in was not looked at: too many have failed");
            return Err(Denied::Wait(wait));
        }
        let is_right = password::is_right(password, user.map(|user| user.password.as_str()));
        let Some(user) = user.filter(|_| is_right) else {
            warn!(user = %shown, address = %from, "a log-in was refused: wrong name or password");
            return Err(Denied::Wrong);
        };
        locked(&self.throttle).passed(name, from, is_at_home);
        let id = secret::make().map_err(|error| {
            error!("nobody can log in: {error:#}");
            Denied::Broken
        })?;
        locked(&self.sessions).begin(Digest::of(&id), &user.name, &user.generation, from);
        // On a full disk too somebody has to log in, to see what can go.
        self.note_sessions();
        info!(user = %user.name, address = %from, "logged in");
        Ok(id)
    }

    /// Ends the session by which `who` has shown who they are.
    pub fn log_out(&self, who: &Who) {
        if let Proof::Session(digest) = &who.proof {
            locked(&self.sessions).end(digest);
            self.note_sessions();
            info!(user = who.name.as_deref().unwrap_or_default(), "logged out");
        }
    }

    /// Writes sessions down; that it cannot be done is told once.
    fn note_sessions(&self) {
        let written = self.write_sessions();
        let was_failing = self.is_failing.swap(written.is_err(), Ordering::AcqRel);
        if let Err(error) = written
            && !was_failing
        {
            warn!("a hub that is started again now knows the sessions as they were before: {error:#}");
        }
    }

    fn write_sessions(&self) -> Result<()> {
        let _one_at_a_time = locked(&self.writing);
        let Some(changed) = locked(&self.sessions).changed() else { return Ok(()) };
        sessions::write(&self.data, &changed).inspect_err(|_| locked(&self.sessions).not_written())
    }

    fn users(&self) -> Arc<Users> {
        self.users.read().unwrap_or_else(PoisonError::into_inner).1.clone()
    }
}

impl Who {
    fn of(user: &User, role: Role, proof: Proof) -> Who {
        Who { name: Some(user.name.clone()), role, sight: Sight::of(&user.views), proof }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
