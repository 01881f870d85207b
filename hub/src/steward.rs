//! Who carries out orders from the command line: the hub that is running over a data directory or, where none is, this
//! program itself. Knows no order's meaning.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use jiff::tz::TimeZone;
use picket_common::time::SystemClock;

use crate::app::{self, Depot};
use crate::ask::keep;
use crate::config::RetentionConfig;
use crate::import;
use crate::index::Index;
use crate::retention::Keeper;
use crate::shelver::{Done, Order, Status};
use crate::store;

/// Carries out orders.
pub(crate) enum Steward {
    /// A hub that is running over this directory.
    Hub(PathBuf),
    /// This program; it has the directory.
    Own(Box<Depot>),
}

impl Steward {
    /// Finds out who it is. Where no hub runs, `rules` are the rules.
    ///
    /// # Errors
    /// There is nothing to give orders about, or it is another user's.
    pub(crate) fn of(data: &Path, rules: Option<RetentionConfig>) -> Result<Steward> {
        if store::user_of(data).is_some() {
            return Ok(Steward::Hub(data.to_owned()));
        }
        // A wrong directory is told, and not made.
        drop(Index::read(data)?);
        import::check_owner(data)?;
        let mut depot = Depot::open(data, app::journal(data)?, Arc::new(SystemClock))?;
        if let Some(rules) = rules {
            depot.shelver.keep(Keeper::new(rules, TimeZone::system()));
        }
        Ok(Steward::Own(Box::new(depot)))
    }

    /// Gives an order, and waits until it is carried out; what retention deletes may take longer.
    pub(crate) fn give(&mut self, order: Order) -> Result<Done> {
        let depot = match self {
            Steward::Hub(data) => return keep::give(data, &order, &SystemClock),
            Steward::Own(depot) => depot,
        };
        let answer = depot.shelver.orders().give(order);
        depot.shelver.tend();
        answer.try_recv().map_err(|_| anyhow!("it was not carried out"))?.map_err(|why| anyhow!(why))
    }

    /// How retention stands; where this program does it, a batch further.
    pub(crate) fn status(&mut self) -> Result<Status> {
        match self.give(Order::Status)? {
            Done::Status(status) => Ok(status),
            _ => bail!("the hub has answered something else; is it of another version?"),
        }
    }
}
