//! What is given out once and never stored: the ids of sessions, and tokens. 256 random bits each, so that a plain hash is
//! enough to know one again, and nobody who reads the files can use them.

use anyhow::anyhow;
use serde::{Deserialize, Serialize};

/// The hash of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Digest(String);

impl Digest {
    /// That of `secret`.
    pub fn of(secret: &str) -> Digest {
        Digest(blake3::hash(secret.as_bytes()).to_string())
    }
}

/// A new one: 64 hexadecimal digits.
///
/// # Errors
/// The system gives no random numbers.
pub fn make() -> anyhow::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("the system gives no random numbers: {error}"))?;
    Ok(blake3::Hash::from(bytes).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_given_out_twice_or_stored() {
        let (one, two) = (make().unwrap(), make().unwrap());
        assert_eq!(one.len(), 64);
        assert_ne!(one, two);
        let stored = serde_json::to_string(&Digest::of(&one)).unwrap();
        assert!(!stored.contains(&one), "{stored}");
        assert_eq!(Digest::of(&one), Digest::of(&one));
    }
}
