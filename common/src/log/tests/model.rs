//! Thousands of random steps against a model that knows what was promised. As a journal: what `sync` confirmed and was
//! not trimmed is there, once, in order, byte for byte; of what it did not confirm, one batch's beginning may turn up at
//! the next opening, and nothing after a later batch was confirmed. As a spool the same, and any record by its number,
//! acknowledged in any order, and given up unread. No number is ever given to two confirmed records.
//!
//! A round is a list of steps, each with a seed of its own; when one fails, steps are left out as long as it still does, and
//! the rest is shown. `PICKET_ROUNDS=50` runs fifty times as many rounds (`deploy/test --long` does), `PICKET_SEED=7` the
//! round with that seed.

mod shrink;
mod world;

use self::shrink::shrunk;
use self::world::{Use, World};
use super::super::sim::{Dice, seeds};

const STEPS: u64 = 1000;

fn check(used: Use) {
    for seed in seeds(0, 30) {
        let mut dice = Dice(seed);
        let steps: Vec<u64> = (0..STEPS).map(|_| dice.next()).collect();
        let fails = |steps: &[u64]| {
            let mut world = World::new(used);
            let lived = std::panic::AssertUnwindSafe(|| steps.iter().for_each(|step| world.step(*step)));
            let why = std::panic::catch_unwind(lived).err()?;
            let why = why.downcast::<String>().map_or_else(|_| "it panics".to_owned(), |why| *why);
            Some(format!("{}\n{why}", world.told().join("\n")))
        };
        if fails(&steps).is_some() {
            panic!("{used:?}, PICKET_SEED={seed} fails, and so do these steps alone:\n{}", shrunk(steps, fails));
        }
    }
}

#[test]
fn a_journal_keeps_its_promises_through_thousands_of_random_steps() {
    check(Use::Journal);
}

#[test]
fn a_spool_keeps_its_promises_through_thousands_of_random_steps() {
    check(Use::Spool);
}
