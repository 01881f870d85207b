//! Passwords and their hashes: argon2id with what OWASP holds to be the least (19 MiB, twice), which takes a Pi about half a second.
//! One is checked at a time, so that many who try at once take no more memory than one.

use anyhow::{Result, anyhow};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};

/// Shorter ones are guessed.
const LEAST: usize = 8;
/// Longer ones are no passwords.
const MOST: usize = 1024;

const KIB: u32 = 19 * 1024;
const TIMES: u32 = 2;

/// Why `password` cannot be one.
pub fn complaint(password: &str) -> Option<String> {
    if password.chars().count() < LEAST {
        return Some(format!("a password has at least {LEAST} characters"));
    }
    (MOST < password.len()).then(|| format!("a password has at most {MOST} bytes"))
}

/// Its hash, as it is stored.
pub fn hash(password: &str) -> Result<String> {
    let hash = hasher()?.hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| anyhow!("a password cannot be hashed: {error}"))
}

/// Whether `password` is the one with this hash. Without a hash it never is, and takes as long to say so.
pub(super) fn is_right(password: &str, hash: Option<&str>) -> bool {
    if MOST < password.len() {
        return false;
    }
    let Some(hash) = hash else {
        // Only for the time that it takes.
        drop(self::hash(password));
        return false;
    };
    let (Ok(hasher), Ok(hash)) = (hasher(), PasswordHash::new(hash)) else { return false };
    hasher.verify_password(password.as_bytes(), &hash).is_ok()
}

fn hasher() -> Result<Argon2<'static>> {
    let params = Params::new(KIB, TIMES, 1, None).map_err(|error| anyhow!("argon2: {error}"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_by_its_hash_alone() {
        let stored = hash("correct horse").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_ne!(stored, hash("correct horse").unwrap(), "each has a salt of its own");
        assert!(is_right("correct horse", Some(&stored)));
        assert!(!is_right("correct horsf", Some(&stored)));
        assert!(!is_right("correct horse", None));
        assert!(!is_right("correct horse", Some("no hash")));
        assert!(!is_right(&"x".repeat(MOST + 1), Some(&stored)));
    }

    #[test]
    fn short_and_endless_ones_are_none() {
        let check = |password: &str, is_one: bool| assert_eq!(complaint(password).is_none(), is_one, "{password}");
        check("1234567", false);
        check("12345678", true);
        check("schöööön", true);
        check(&"x".repeat(MOST), true);
        check(&"x".repeat(MOST + 1), false);
    }
}
