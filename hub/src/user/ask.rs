//! Asks for a new password: twice, without showing it; or once from standard input, for scripts.

use std::io::{self, BufRead, IsTerminal};

use anyhow::{Context, Result, bail};

use crate::access::password;

/// Where passwords come from.
pub(super) enum Passwords<'i> {
    Terminal,
    Input(Box<dyn BufRead + 'i>),
}

impl Passwords<'_> {
    /// Whoever sits there, or what is written to standard input.
    pub(super) fn of_the_terminal() -> Passwords<'static> {
        let input = io::stdin();
        match input.is_terminal() {
            true => Passwords::Terminal,
            false => Passwords::Input(Box::new(input.lock())),
        }
    }

    /// A new password for `name`.
    pub(super) fn ask(self, name: &str) -> Result<String> {
        let password = match self {
            Passwords::Terminal => {
                let one = rpassword::prompt_password(format!("password for {name}: ")).context("no password")?;
                if one != rpassword::prompt_password("the same again: ").context("no password")? {
                    bail!("the two are not the same; nothing was changed");
                }
                one
            }
            Passwords::Input(mut input) => {
                let mut line = String::new();
                input.read_line(&mut line).context("no password on standard input")?;
                line.trim_end_matches(['\n', '\r']).to_owned()
            }
        };
        match password::complaint(&password) {
            Some(complaint) => bail!("{complaint}; nothing was changed"),
            None => Ok(password),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_gives_one_line() {
        let check = |input: &str, expected: Option<&str>| {
            let asked = Passwords::Input(Box::new(input.as_bytes())).ask("ann");
            assert_eq!(asked.ok().as_deref(), expected, "{input:?}");
        };
        check("correct horse\n", Some("correct horse"));
        check("correct horse", Some("correct horse"));
        check(" correct horse \r\nanother\n", Some(" correct horse "));
        check("", None);
        check("short\n", None);
    }
}
