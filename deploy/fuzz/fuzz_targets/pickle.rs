//! Whatever claims to be a pickle, it is an array with as many bytes as its sides say, no more than came in, or `None`, or
//! refused.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../../node/src/source/pickle.rs"]
mod pickle;

fuzz_target!(|input: &[u8]| {
    if let Ok(Some(array)) = pickle::load(input) {
        assert!((1..=3).contains(&array.shape.len()), "{:?}", array.shape);
        assert_eq!(array.shape.iter().product::<usize>(), array.bytes.len());
        assert!(!array.bytes.is_empty() && array.bytes.len() <= input.len());
    }
});
