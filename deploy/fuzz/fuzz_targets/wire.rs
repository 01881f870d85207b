//! Whatever a message's two parts and a hub's answer may be, they are read or refused, and what was read says the same
//! when it is written and read again. The input's first line is the header, the rest the body.

#![no_main]

use libfuzzer_sys::fuzz_target;

use self::common::wire::{Header, Reply, number_of};
use self::common::{event, jpeg, shutdown, time};

/// The crate's files that reading takes, found as the crate's own modules find one another.
#[path = "../../../common/src"]
#[allow(dead_code, unused_imports, reason = "what is made of a message, and what makes one, is left out")]
mod common {
    pub(crate) mod event;
    #[path = "jpeg/limits.rs"]
    pub(crate) mod jpeg;
    pub(crate) mod shutdown;
    pub(crate) mod time;
    pub(crate) mod wire;
}

fuzz_target!(|input: &[u8]| {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (header, body) = (&input[..end], input.get(end + 1..).unwrap_or_default());
    let _ = number_of(header);
    if let Ok(message) = Header::decode(&[header, body]) {
        assert_eq!(Header::decode(&[&message.encode()[..], body]), Ok(message));
    }
    if let Ok(reply) = Reply::decode(input) {
        let again = Reply::decode(&reply.encode());
        assert!(again.as_ref() == Ok(&reply), "{reply:?} became {again:?}");
    }
});
