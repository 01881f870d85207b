//! The tables of the index, and which version of them a file has (SQLite's `user_version`).

use std::path::Path;

use jiff::tz::TimeZone;
use tracing::info;

use super::sql::Connection;
use super::{IndexError, days};

/// The version of the tables below.
pub(super) const VERSION: i64 = STEPS.len() as i64;

/// What each version adds to the one before. `number` is the journal's, `view` a row of `views`; times are
/// nanoseconds since 1970.
const STEPS: [&str; 5] = [TABLES, SHARES, KEPT, TRUTH, REVIEW];

const TABLES: &str = "
-- reached: the last journal number shelved. log_day: the day whose log is called imagehub.log.
-- rotating: the day that ended, until its log is known to have its dated name. data: the data directory's id.
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE lengths (text TEXT, day TEXT, bytes INTEGER NOT NULL, PRIMARY KEY (text, day)) WITHOUT ROWID;
-- Retention never removes from these two.
CREATE TABLE streams (stream TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE digests (text TEXT PRIMARY KEY, digest TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE rejected (number INTEGER PRIMARY KEY, reason TEXT NOT NULL);

-- What concerns a node as a whole has the view ''.
CREATE TABLE views (id INTEGER PRIMARY KEY, node TEXT NOT NULL, view TEXT NOT NULL, UNIQUE (node, view));
CREATE TABLE nodes (
  name TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, restarted INTEGER,
  health TEXT, version TEXT, hardware TEXT) WITHOUT ROWID;

CREATE TABLE images (
  number INTEGER PRIMARY KEY, at INTEGER NOT NULL, received INTEGER NOT NULL, view INTEGER NOT NULL,
  role TEXT COLLATE NOCASE, event TEXT, width INTEGER, height INTEGER, size INTEGER NOT NULL,
  checksum TEXT NOT NULL, file TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX images_at ON images (at);
CREATE INDEX images_view ON images (view, at);
CREATE INDEX images_role ON images (view, role, at) WHERE role IS NOT NULL;
CREATE INDEX images_event ON images (event) WHERE event IS NOT NULL;

-- One row a happening. end is NULL while it goes on, and start for what has no duration;
-- cut says that not its own end but a restart of the node ended it.
CREATE TABLE events (
  number INTEGER PRIMARY KEY, start INTEGER NOT NULL, end INTEGER, cut INTEGER NOT NULL, view INTEGER NOT NULL,
  what TEXT NOT NULL COLLATE NOCASE, detector TEXT NOT NULL, state TEXT NOT NULL, event TEXT,
  score REAL, boxes TEXT, grid TEXT, reason TEXT, images INTEGER NOT NULL, best INTEGER, text TEXT NOT NULL);
CREATE INDEX events_start ON events (start);
CREATE INDEX events_view ON events (view, start);
CREATE INDEX events_what ON events (view, what, start);
-- What goes on, and what went on for more than a day.
CREATE INDEX events_long ON events (view, end, start) WHERE end IS NULL OR end > start + 86400000000000;
CREATE INDEX events_event ON events (event) WHERE event IS NOT NULL;

CREATE TABLE readings (
  number INTEGER PRIMARY KEY, at INTEGER NOT NULL, view INTEGER NOT NULL, name TEXT NOT NULL COLLATE NOCASE,
  value REAL NOT NULL, unit TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX readings_at ON readings (at);
CREATE INDEX readings_view ON readings (view, at);
CREATE INDEX readings_name ON readings (view, name, at);

-- The present: what each detector sees, and what each sensor read last.
CREATE TABLE states (
  view INTEGER, what TEXT, detector TEXT, state TEXT NOT NULL, since INTEGER NOT NULL,
  before TEXT, before_since INTEGER, PRIMARY KEY (view, what, detector)) WITHOUT ROWID;
CREATE TABLE latest (
  view INTEGER, name TEXT, value REAL NOT NULL, unit TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (view, name)) WITHOUT ROWID;
";

const SHARES: &str = "
-- The frames that belong to an event though they were sent under another one, or under none. The node may tell so before
-- the frame itself has come, or after: a frame is known by its view and its time.
CREATE TABLE shares (
  event TEXT, view INTEGER, at INTEGER, role TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (event, view, at)) WITHOUT ROWID;
CREATE INDEX shares_frame ON shares (view, at);
-- Every image of every event, and why it was kept for it.
CREATE VIEW event_images AS
  SELECT event, number, view, role FROM images WHERE event IS NOT NULL
  UNION ALL
  SELECT shares.event, images.number, images.view, shares.role
  FROM shares JOIN images ON images.view = shares.view AND images.at = shares.at AND images.event IS NOT shares.event;
";

const KEPT: &str = "
-- How many images each view has, and their bytes: summed once, and kept up to date since.
CREATE TABLE totals (view INTEGER PRIMARY KEY, images INTEGER NOT NULL, bytes INTEGER NOT NULL);
INSERT INTO totals SELECT view, count(*), sum(size) FROM images GROUP BY view;
-- Files whose rows were deleted, until it is durable that they are no more.
CREATE TABLE garbage (file TEXT PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID;
-- What stays whatever the rules say: what is 'event' or 'image', number that of the row; event and view are the happening's.
CREATE TABLE pins (number INTEGER PRIMARY KEY, what TEXT NOT NULL, event TEXT, view INTEGER NOT NULL);
CREATE INDEX pins_event ON pins (event) WHERE event IS NOT NULL;
CREATE INDEX pins_view ON pins (view) WHERE what = 'event' AND event IS NULL;
-- How many of its images were deleted.
ALTER TABLE events ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
";

const TRUTH: &str = "
-- How many images of each node were received on a day, by the hub's clock and in its zone.
CREATE TABLE counts (day TEXT, node TEXT, images INTEGER NOT NULL, PRIMARY KEY (day, node)) WITHOUT ROWID;

-- The times that are not as they were first said, or that nobody can be sure of: of an image, a reading, or the first
-- message of an event. was is the first stamp.
CREATE TABLE stamps (number INTEGER PRIMARY KEY, was INTEGER, doubtful INTEGER NOT NULL);
CREATE INDEX stamps_was ON stamps (was) WHERE was IS NOT NULL;
CREATE TRIGGER stamps_images AFTER DELETE ON images BEGIN DELETE FROM stamps WHERE number = old.number; END;
CREATE TRIGGER stamps_events AFTER DELETE ON events BEGIN DELETE FROM stamps WHERE number = old.number; END;
CREATE TRIGGER stamps_readings AFTER DELETE ON readings BEGIN DELETE FROM stamps WHERE number = old.number; END;

-- In which stream the present was told: within one, the order of arrival tells before and after, whatever a clock did.
ALTER TABLE states ADD COLUMN stream TEXT;
ALTER TABLE latest ADD COLUMN stream TEXT;

-- Of texts that are never sent again the oldest are forgotten.
ALTER TABLE digests ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
CREATE INDEX digests_number ON digests (number);
";

const REVIEW: &str = "
-- How many events began and images were taken on each day in each view, in the zone that meta's `zone` names: counted once
-- when the index is opened (see days.rs), and kept up to date since.
CREATE TABLE days (
  day TEXT, view INTEGER, events INTEGER NOT NULL, images INTEGER NOT NULL, PRIMARY KEY (day, view)) WITHOUT ROWID;
-- Which events each user has reviewed, and how many of each day; where the hub has no users, theirs is ''.
CREATE TABLE reviewed (number INTEGER, user TEXT, PRIMARY KEY (number, user)) WITHOUT ROWID;
CREATE TABLE reviewed_days (
  user TEXT, day TEXT, view INTEGER, events INTEGER NOT NULL, PRIMARY KEY (user, day, view)) WITHOUT ROWID;
CREATE INDEX events_state ON events (view, state COLLATE NOCASE, start);
-- Whose thumbnail is to be deleted with the file.
ALTER TABLE garbage ADD COLUMN number INTEGER;
-- Which record has changed which event, for those who watch: of the latest records only.
CREATE TABLE changes (number INTEGER, event INTEGER, PRIMARY KEY (number, event)) WITHOUT ROWID;
-- How each node was, thinned with age: slot is the time in steps of five minutes, vitals are the figures as JSON.
CREATE TABLE health (
  node TEXT, slot INTEGER, at INTEGER NOT NULL, vitals TEXT NOT NULL, PRIMARY KEY (node, slot)) WITHOUT ROWID;
";

/// Makes the tables in a new file, and those that are missing in an older one; all or none.
pub(super) fn prepare(connection: &mut Connection, path: &Path, zone: &TimeZone) -> Result<(), IndexError> {
    let from = usize::try_from(version(connection)?).unwrap_or(usize::MAX);
    if let Some(steps @ [_, ..]) = STEPS.get(from..) {
        if from > 0 {
            info!(
                from,
                to = VERSION,
                "picket.db is brought up to date: a moment, or minutes where it holds many millions of images"
            );
        }
        let transaction = connection.transaction()?;
        steps.iter().try_for_each(|step| transaction.execute_batch(step))?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        days::settle(&transaction, zone)?;
        transaction.commit()?;
        return Ok(());
    }
    check(connection, path)?;
    let transaction = connection.transaction()?;
    days::settle(&transaction, zone)?;
    Ok(transaction.commit()?)
}

/// Makes the tables as version `version` had them.
#[cfg(test)]
pub(super) fn prepare_old(connection: &Connection, version: usize) {
    STEPS[..version].iter().for_each(|step| connection.execute_batch(step).unwrap());
    connection.pragma_update(None, "user_version", version as i64).unwrap();
}

/// Whether this program knows the tables in the file.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), IndexError> {
    match version(connection)? {
        VERSION => Ok(()),
        0 => Err(IndexError::Missing(path.to_owned())),
        older if (1..VERSION).contains(&older) => Err(IndexError::Older(path.to_owned(), older)),
        newer => Err(IndexError::Newer(path.to_owned(), newer)),
    }
}

fn version(connection: &Connection) -> Result<i64, IndexError> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}
