//! One pass: what is to go for all goals, found a batch at a time, the oldest first within each goal. The same pass, over
//! an index from which nothing is deleted, is the dry run. Deletes nothing itself.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::Path;
use std::time::Duration;

use super::{Goal, Rule};
use crate::index::{Candidate, Index, IndexError, Place};
use crate::store;

/// So many rows are read of a view at once.
const CHUNK: usize = 64;

/// So many images are looked at before intake goes on, when most of them stay.
const MOST_LOOKED_AT: usize = 20_000;

/// An image that is to go, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doomed {
    /// The rule.
    pub rule: Rule,
    /// The row of its view.
    pub view: i64,
    /// It.
    pub image: Candidate,
}

/// A pass on its way.
#[derive(Debug)]
pub struct Pass {
    /// What is still wanted, the goal at hand first.
    goals: VecDeque<Goal>,
    /// How far the goal at hand has come in each view.
    places: HashMap<i64, Place>,
    /// Found and perhaps not deleted yet.
    doomed: HashSet<u64>,
    /// Some room is wanted that no image could make.
    lacks_room: bool,
    /// So many bytes of the disk should have come free for goals of room.
    pub room_made: u64,
}

/// The oldest images at hand of one view.
#[derive(Default)]
struct Head {
    rows: VecDeque<Candidate>,
    /// There are no more behind them.
    whole: bool,
}

type Heads = HashMap<i64, Head>;

const START: Place = (i64::MIN, i64::MIN);

impl Pass {
    /// A pass for these goals.
    pub fn new(goals: Vec<Goal>) -> Pass {
        Pass { goals: goals.into(), places: HashMap::new(), doomed: HashSet::new(), lacks_room: false, room_made: 0 }
    }

    /// Whether every goal is reached, as far as it can be.
    pub fn is_done(&self) -> bool {
        self.goals.is_empty()
    }

    /// Whether a goal of room is among those left.
    pub fn is_of_room(&self) -> bool {
        self.goals.iter().any(Goal::is_of_room)
    }

    /// Whether there were too few images that make room.
    pub fn lacks_room(&self) -> bool {
        self.lacks_room
    }

    /// What was found before is deleted.
    pub fn deleted(&mut self) {
        self.doomed.clear();
    }

    /// The next images that are to go, at most `most`; fewer, or none, does not mean that it is done.
    pub fn next(&mut self, index: &Index, data: &Path, most: usize) -> Result<Vec<Doomed>, IndexError> {
        let mut found = Vec::new();
        // Read anew each time: pins may have come.
        let mut heads = Heads::new();
        for _ in 0..MOST_LOOKED_AT {
            if found.len() >= most {
                break;
            }
            let Some(goal) = self.goals.front().filter(|goal| goal.left > 0) else {
                if self.goals.pop_front().is_none() {
                    break;
                }
                self.places.clear();
                heads.clear();
                continue;
            };
            let goal = goal.clone();
            let Some((view, image)) = oldest(index, &goal, &self.places, &mut heads)? else {
                self.reached_end();
                continue;
            };
            self.places.insert(view, image.place());
            if self.dooms(&goal, &image, view, data) {
                found.push(Doomed { rule: goal.rule, view, image });
            }
        }
        Ok(found)
    }

    /// The goal at hand has no more images.
    fn reached_end(&mut self) {
        if let Some(goal) = self.goals.front_mut() {
            self.lacks_room |= goal.is_of_room();
            goal.left = 0;
        }
    }

    /// Whether the goal wants this image; then it counts for every goal that it serves.
    fn dooms(&mut self, goal: &Goal, image: &Candidate, view: i64, data: &Path) -> bool {
        // By a clock that was wrong an image can be old that has just come.
        let young = goal.rule == Rule::MaxAge && goal.before <= image.received;
        if image.pinned || young || self.doomed.contains(&image.number) {
            return false;
        }
        let frees = if self.is_of_room() { store::frees(data, &image.file) } else { 0 };
        if goal.is_of_room() && frees == 0 {
            return false;
        }
        self.doomed.insert(image.number);
        for goal in self.goals.iter_mut().filter(|goal| goal.rule != Rule::MaxAge && goal.views.contains(&view)) {
            let counts = if goal.is_of_room() { frees } else { image.size };
            goal.left = goal.left.saturating_sub(counts);
        }
        if goal.is_of_room() {
            self.room_made += frees;
        }
        true
    }
}

/// Whether something is old enough for the age rule to begin.
pub(super) fn has_older(index: &Index, goal: &Goal, age: Duration) -> Result<bool, IndexError> {
    let mut pass = Pass::new(vec![Goal { before: super::goal::begins(goal.before, age), ..goal.clone() }]);
    while !pass.is_done() {
        if !pass.next(index, Path::new(""), 1)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The oldest image of the goal's views that was not looked at yet.
fn oldest(
    index: &Index,
    goal: &Goal,
    places: &HashMap<i64, Place>,
    heads: &mut Heads,
) -> Result<Option<(i64, Candidate)>, IndexError> {
    for view in &goal.views {
        let head = heads.entry(*view).or_default();
        if head.rows.is_empty() && !head.whole {
            let after = places.get(view).copied().unwrap_or(START);
            head.rows.extend(index.oldest(*view, after, goal.before, CHUNK)?);
            head.whole = head.rows.len() < CHUNK;
        }
    }
    let first = |view: &&i64| heads.get(view).and_then(|head| head.rows.front()).map(Candidate::place);
    let view = goal.views.iter().filter(|view| first(view).is_some()).min_by_key(|view| first(view)).copied();
    Ok(view.and_then(|view| Some((view, heads.get_mut(&view)?.rows.pop_front()?))))
}
