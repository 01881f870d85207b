//! Whatever a port says first, who speaks there is told or more is waited for; and what was told is not taken back when more
//! comes. The input's first byte says how much comes first.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../../common/src/doctor/zmtp.rs"]
#[allow(dead_code, reason = "our own greeting is left out")]
mod zmtp;

fuzz_target!(|input: &[u8]| {
    let Some((first, bytes)) = input.split_first() else { return };
    let told = zmtp::read(&bytes[..bytes.len().min((*first).into())]);
    if told != zmtp::Speaker::Unknown {
        assert_eq!(zmtp::read(bytes), told);
    }
});
