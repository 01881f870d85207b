//! Chance for tests, which comes out the same each time.

use std::ops::Range;

/// The seeds that a test of chance goes through: `usual` many from `first` on. `PICKET_ROUNDS=20` in the environment
/// makes them twenty times as many, and `PICKET_SEED=7` that one alone, to see a failure again.
pub fn seeds(first: u64, usual: u64) -> Range<u64> {
    let asked = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match asked("PICKET_SEED") {
        Some(seed) => seed..seed + 1,
        None => first..first + usual * asked("PICKET_ROUNDS").unwrap_or(1),
    }
}

/// Chance that can be repeated: SplitMix64 (Steele, Lea and Flood, 2014).
/// The same seed, such as `Dice(7)`, gives the same numbers.
#[derive(Debug, Clone)]
pub struct Dice(pub u64);

impl Dice {
    /// Any number.
    #[allow(clippy::should_implement_trait, reason = "not an iterator: it never ends")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `sides`, or 0.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.next() % sides.max(1)
    }

    /// A place in something of this length, or 0.
    pub fn place(&mut self, length: usize) -> usize {
        self.roll(length as u64) as usize
    }
}
