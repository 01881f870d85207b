//! The users, as they are kept in `users.json`. Only the command line writes it, one at a time; a running hub reads it again
//! when it has changed.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::{Context, Result};
use picket_common::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::secret::{self, Digest};
use super::{Pattern, Role};
use crate::private;

/// The file's name.
pub const FILE: &str = "users.json";
const LOCK: &str = "users.lock";

const ABOUT: &str = "Who may use this Picket hub's page. `picket-hub user` changes it; a running hub notices.";

/// All users.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Users {
    #[serde(default)]
    about: String,
    users: Vec<User>,
}

/// One of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct User {
    /// Their name; no other has it, in whatever case.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What they may see; all if nothing is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<Pattern>,
    /// The hash of their password.
    pub password: String,
    /// A random word. Sessions hold the one that they began with: another one ends them all.
    pub generation: String,
    /// Since when they are a user.
    pub since: Timestamp,
    /// What they let programs ask with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<Token>,
}

/// With this a program asks in a user's name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Token {
    /// What it is for.
    pub name: String,
    /// What it may do, and no more than its user may.
    pub role: Role,
    /// Since when there is one.
    pub since: Timestamp,
    /// Its hash.
    pub digest: Digest,
}

impl Users {
    /// Those in `data`; none where nobody was added.
    pub fn read(data: &Path) -> Result<Users> {
        Ok(Users::written(data)?.unwrap_or_default())
    }

    /// The same, or nothing where nobody was ever added.
    pub(super) fn written(data: &Path) -> Result<Option<Users>> {
        // Without it everybody might do everything: it is not to be moved away.
        private::read(&data.join(FILE), "put a copy of it back")
    }

    /// Changes them, durably; nobody else does meanwhile. Where `change` fails nothing is changed.
    pub fn change<T>(data: &Path, change: impl FnOnce(&mut Users) -> Result<T>) -> Result<T> {
        fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
        let _lock = private::lock(&data.join(LOCK))?;
        let mut users = Users::read(data)?;
        let changed = change(&mut users)?;
        users.about = ABOUT.to_owned();
        private::write(&data.join(FILE), &users)?;
        Ok(changed)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.users.len()
    }

    /// All of them, in the order in which they were added.
    pub fn all(&self) -> &[User] {
        &self.users
    }

    /// The one of this name, in whatever case.
    pub fn named(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| is_same(&user.name, name))
    }

    /// The same, to change.
    pub fn named_mut(&mut self, name: &str) -> Option<&mut User> {
        self.users.iter_mut().find(|user| is_same(&user.name, name))
    }

    /// Adds one whose name is not there yet.
    pub fn add(&mut self, user: User) {
        self.users.push(user);
    }

    /// Removes the one of this name; false where there is none.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.users.len();
        self.users.retain(|user| !is_same(&user.name, name));
        self.users.len() < before
    }

    /// Ends all sessions of the one of this name, or of everybody, and gives their names.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn renew(&mut self, name: Option<&str>) -> Result<Vec<String>> {
        let mut renewed = Vec::new();
        for user in self.users.iter_mut().filter(|user| name.is_none_or(|name| is_same(&user.name, name))) {
            user.generation = secret::make()?;
            renewed.push(user.name.clone());
        }
        Ok(renewed)
    }

    pub(super) fn of_token(&self, digest: &Digest) -> Option<(&User, &Token)> {
        let tokens = self.users.iter().flat_map(|user| user.tokens.iter().map(move |token| (user, token)));
        tokens.into_iter().find(|(_, token)| token.digest == *digest)
    }
}

fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// By which it is seen whether the file is another one: each change is a new file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp(Option<(u64, i64, i64, u64)>);

impl Stamp {
    pub(super) fn of(data: &Path) -> Stamp {
        let found = fs::metadata(data.join(FILE)).ok();
        Stamp(found.map(|found| (found.ino(), found.mtime(), found.mtime_nsec(), found.size())))
    }
}
