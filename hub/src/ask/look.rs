//! The question for live pictures, both ends of it: what there is, or one of them.
//! ```json
//! {"latest": null}
//! {"pictures": [{"text": "a test", "age_ms": 1200, "bytes": 9100, "width": 320, "height": 240}]}
//! {"latest": "a test"}
//! {"picture": {"text": "a test", "age_ms": 1200, "bytes": 9100, "width": 320, "height": 240}}
//! ```
//! After the last one's line come the picture's bytes: a JPEG file, or raw pixels where `raw` says of which form. Knows
//! neither ingest nor nodes.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use picket_common::time::Clock;
use serde::{Deserialize, Serialize};

use super::{caller, place};
use crate::line;
use crate::live::{Live, Shown};
use crate::picture::Picture;

/// The longest line with pictures, in bytes: more than the texts of all of them take.
const MAX_PICTURES: usize = 1 << 20;

/// The question.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Look {
    /// Of which text; of none, what there is.
    latest: Option<String>,
}

/// The line of the answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Sight {
    Pictures(Vec<Shown>),
    Picture(Shown),
    Refused(String),
}

/// Answers within `patience`.
pub(super) fn answer(
    look: &Look,
    live: &Live,
    to: &UnixStream,
    patience: Duration,
    clock: &dyn Clock,
) -> io::Result<()> {
    let now = clock.uptime();
    let (sight, picture) = match &look.latest {
        None => (Sight::Pictures(live.list(now)), None),
        Some(text) => match live.find(text, now) {
            Ok((shown, picture)) => (Sight::Picture(shown), Some(picture)),
            Err(reason) => (Sight::Refused(reason), None),
        },
    };
    let mut line = serde_json::to_vec(&sight)?;
    line.push(b'\n');
    place::write(to, &line, patience, clock)?;
    let body = picture.as_ref().map(|picture: &Arc<Picture>| &picture.body[..]);
    place::write(to, body.unwrap_or_default(), patience, clock)
}

/// What live pictures the hub has that is running over `data`.
///
/// # Errors
/// No hub is running there.
pub fn list(data: &Path, clock: &dyn Clock) -> Result<Vec<Shown>> {
    match ask(data, None, clock)? {
        (Sight::Pictures(pictures), _) => Ok(pictures),
        (Sight::Refused(reason), _) => bail!(line::one_line(&reason)),
        (Sight::Picture(_), _) => bail!("the hub has answered something else; is it of another version?"),
    }
}

/// The live picture of a text: what is told of it, and its bytes.
///
/// # Errors
/// No hub is running there, or it has none of this text.
pub fn fetch(data: &Path, text: &str, clock: &dyn Clock) -> Result<(Shown, Vec<u8>)> {
    match ask(data, Some(text.to_owned()), clock)? {
        (Sight::Picture(shown), body) => Ok((shown, body)),
        (Sight::Refused(reason), _) => bail!(line::one_line(&reason)),
        (Sight::Pictures(_), _) => bail!("the hub has answered something else; is it of another version?"),
    }
}

fn ask(data: &Path, latest: Option<String>, clock: &dyn Clock) -> Result<(Sight, Vec<u8>)> {
    let mut stream = caller::connect(data)?;
    let converse = || -> io::Result<(Sight, Vec<u8>)> {
        stream.set_write_timeout(Some(caller::PATIENCE))?;
        let mut line = serde_json::to_vec(&Look { latest })?;
        line.push(b'\n');
        stream.write_all(&line)?;
        let (answer, mut body) = place::read_line(&stream, MAX_PICTURES, caller::PATIENCE, clock)?;
        let sight = serde_json::from_slice(&answer)?;
        if let Sight::Picture(shown) = &sight {
            place::read_rest(&stream, &mut body, shown.bytes, caller::PATIENCE, clock)?;
        }
        Ok((sight, body))
    };
    converse().context("the hub did not answer; its log tells more")
}
