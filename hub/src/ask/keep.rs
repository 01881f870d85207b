//! Orders to the shelver, both ends: what is to stay, and that the rules of retention are looked at.
//! ```json
//! {"keep": {"pin": [5, 8]}}
//! {"done": {"pins": {"changed": 2, "unknown": []}}}
//! {"keep": "status"}
//! {"refused": "..."}
//! ```
//! The words are those of [`Order`] and [`Done`].

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use picket_common::time::Clock;
use serde::{Deserialize, Serialize};

use super::{caller, place};
use crate::line;
use crate::shelver::{Done, Order, Orders};

/// The longest answer, in bytes: a status has a line for each node and rule.
const MAX_ANSWER: usize = 1 << 20;

/// The shelver finishes the batch at hand within this, unless the disk is very slow.
const PATIENCE: Duration = Duration::from_secs(10);

/// The question.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Keep {
    keep: Order,
}

/// The answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kept {
    Done(Done),
    Refused(String),
}

/// Gives the order, and waits for what becomes of it.
pub(super) fn answer(keep: Keep, orders: &Orders) -> Kept {
    let late = "the hub is busy, as with a slow disk; it will do it when it can, its log tells";
    match orders.give(keep.keep).recv_timeout(PATIENCE) {
        Ok(Ok(done)) => Kept::Done(done),
        Ok(Err(why)) => Kept::Refused(why),
        Err(_) => Kept::Refused(late.to_owned()),
    }
}

/// Gives an order to the hub that is running over `data`.
///
/// # Errors
/// No hub is running there, or it could not do it.
pub fn give(data: &Path, order: &Order, clock: &dyn Clock) -> Result<Done> {
    let mut stream = caller::connect(data)?;
    let mut converse = || -> io::Result<Kept> {
        stream.set_write_timeout(Some(caller::PATIENCE))?;
        let mut line = serde_json::to_vec(&Keep { keep: order.clone() })?;
        line.push(b'\n');
        stream.write_all(&line)?;
        let (answer, _) = place::read_line(&stream, MAX_ANSWER, caller::PATIENCE, clock)?;
        Ok(serde_json::from_slice(&answer)?)
    };
    match converse().context("the hub did not answer; its log tells more")? {
        Kept::Done(done) => Ok(done),
        Kept::Refused(reason) => bail!(line::one_line(&reason)),
    }
}
