//! Passwords and their hashes: argon2id with what OWASP holds to be the least (19 MiB, twice), which takes a Pi about half a second.
//! One is checked at a time, in memory that is kept, so that however many try the hub takes no more of it than for one.

use std::sync::{Mutex, PoisonError};

use anyhow::{Result, anyhow};
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{self, try_generate_salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};

/// Shorter ones are guessed.
const LEAST: usize = 8;
/// Longer ones are no passwords.
const MOST: usize = 1024;

const KIB: u32 = 19 * 1024;
const TIMES: u32 = 2;

/// Where argon2 works. The allocator, if it is asked for so much by one thread and then by another, gives nothing back.
static MEMORY: Mutex<Vec<Block>> = Mutex::new(Vec::new());

/// Why `password` cannot be one.
pub fn complaint(password: &str) -> Option<String> {
    if password.chars().count() < LEAST {
        return Some(format!("a password has at least {LEAST} characters"));
    }
    (MOST < password.len()).then(|| format!("a password has at most {MOST} bytes"))
}

/// Its hash, as it is stored.
pub fn hash(password: &str) -> Result<String> {
    let hash = || -> password_hash::Result<String> {
        let (params, version) = (Params::new(KIB, TIMES, 1, None)?, Version::V0x13);
        let salt = Salt::new(&try_generate_salt()?)?;
        let hash = PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(version.into()),
            params: ParamsString::try_from(&params)?,
            hash: Some(output(
                &Argon2::new(Algorithm::Argon2id, version, params),
                password,
                &salt,
                Params::DEFAULT_OUTPUT_LEN,
            )?),
            salt: Some(salt),
        };
        Ok(hash.to_string())
    };
    hash().map_err(|error| anyhow!("a password cannot be hashed: {error}"))
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
    fits(password, hash).unwrap_or(false)
}

/// Whether `password` has this hash; none if it is no hash.
fn fits(password: &str, hash: &str) -> Option<bool> {
    let hash = PasswordHash::new(hash).ok()?;
    let (salt, known) = hash.salt.as_ref().zip(hash.hash.as_ref())?;
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = Version::try_from(hash.version?).ok()?;
    let hasher = Argon2::new(algorithm, version, Params::try_from(&hash).ok()?);
    // Outputs are compared in constant time.
    Some(output(&hasher, password, salt, known.len()).ok()? == *known)
}

fn output(hasher: &Argon2, password: &str, salt: &[u8], length: usize) -> password_hash::Result<Output> {
    let mut memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    memory.resize(hasher.params().block_count(), Block::default());
    let mut output = vec![0; length];
    hasher.hash_password_into_with_memory(password.as_bytes(), salt, &mut output, &mut **memory)?;
    Ok(Output::new(&output)?)
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
    fn all_are_hashed_in_the_same_memory() {
        hash("correct horse").unwrap();
        let place = || MEMORY.lock().unwrap().as_ptr().addr();
        let before = place();
        is_right("correct horse", Some(&hash("another horse").unwrap()));
        assert_eq!(place(), before);
    }

    #[test]
    fn one_that_another_program_has_hashed_is_known() {
        // The reference implementation's: echo -n password | argon2 somesalt -id -t 2 -m 8 -p 1
        let hash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        assert!(is_right("password", Some(hash)));
        assert!(!is_right("passwore", Some(hash)));
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
