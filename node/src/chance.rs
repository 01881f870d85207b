//! Chance that is the same every time.

/// 64 well mixed bits from two numbers. Source: SplitMix64, <https://prng.di.unimi.it/splitmix64.c>.
pub(crate) fn mix(a: u64, b: u64) -> u64 {
    let mut bits = a.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(b).wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// 0 to 1, from well mixed bits.
pub(crate) fn share(bits: u64) -> f32 {
    (bits >> 40) as f32 / (1 << 24) as f32
}
