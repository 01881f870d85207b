//! An import at work: journals what the plan has, a batch at a time, and lets the shelver carry it out. Decides nothing.

use std::sync::Arc;

use anyhow::{Context, Result};
use picket_common::log::disk::Disk;
use picket_common::log::{self, Key};
use picket_common::time::Clock;

use super::plan::{self, Plan, What};
use super::{Job, Report, logs, scan};
use crate::app::Depot;

/// What is said of a failure in the middle.
const GOES_ON: &str = "the import stopped; what it has taken stays, and the next one goes on with the rest";

/// An import at work.
pub struct Running {
    job: Job,
    depot: Depot,
    plan: Plan,
    report: Report,
    /// So many items are journaled.
    done: usize,
    /// The journal number of the first.
    first: Option<u64>,
}

impl Running {
    /// Takes the data directory, shelves what an earlier hub or import has left in the journal, and decides about
    /// everything.
    pub fn open(job: Job, journal: (Arc<dyn Disk>, log::Options), clock: Arc<dyn Clock>) -> Result<Running> {
        super::check_unused(&job.data)?;
        let mut report = Report::default();
        let scan = scan::scan(&job.root, job.in_place(), &mut report, &job.progress)?;
        let mut depot = Depot::open(&job.data, journal, clock)?;
        shelve(&mut depot)?;
        let log = job.data.join("logs/imagehub.log");
        let last = logs::last_day(&log).with_context(|| format!("cannot read {}", log.display()))?;
        let today = job.zone.to_datetime(job.now).date();
        depot.shelver.begin_log(last.map_or(today, |last| last.min(today)))?;
        let plan = plan::plan(&job, scan, Some(&depot.known), &mut report)?;
        job.check_disks(&plan)?;
        if !job.copy {
            for path in plan::origins(&job, &plan) {
                depot.shelver.try_link(&job.root.join(path))?;
            }
        }
        job.progress.begin("taking over", Some(plan.items.len() as u64));
        Ok(Running { job, depot, plan, report, done: 0, first: None })
    }

    /// Journals the next entries durably, `most` of them, and gives how many: none when all are.
    pub fn journal(&mut self, most: usize) -> Result<usize> {
        let items = self.plan.items.iter().skip(self.done).take(most);
        let mut count = 0;
        for item in items {
            let entry = self.plan.entry(&self.job, item).encode();
            let number = self.depot.journal.append(Key::default(), &[&entry]).context(GOES_ON)?;
            self.first.get_or_insert(number);
            count += 1;
        }
        self.depot.journal.sync().context(GOES_ON)?;
        self.done += count;
        Ok(count)
    }

    /// Shelves all that is journaled.
    pub fn shelve(&mut self) -> Result<()> {
        let before = self.depot.shelver.reached();
        let shelved = shelve(&mut self.depot);
        self.job.progress.done(self.depot.shelver.reached() - before);
        shelved.map(|_| ())
    }

    /// What became of everything.
    pub fn finish(self) -> Result<Report> {
        self.job.progress.end();
        let mut report = self.report;
        let Some(first) = self.first else { return Ok(report) };
        for (number, reason) in self.depot.known.rejected_after(first.saturating_sub(1))? {
            let item = self.plan.items.get((number - first) as usize);
            if let Some(What::Image { path, .. }) = item.map(|item| &item.what) {
                report.taken.images -= 1;
                report.left("could not be stored", || format!("{path} ({reason})"));
            }
        }
        Ok(report)
    }
}

/// Shelves until the journal is empty.
fn shelve(depot: &mut Depot) -> Result<u64> {
    let mut shelved = 0;
    loop {
        let step = depot.shelver.step();
        match step.context(GOES_ON)? {
            0 => return Ok(shelved),
            step => shelved += step as u64,
        }
    }
}
