//! What the addresses of network cameras have in common, and the logins beside them.

use std::path::PathBuf;

use picket_common::config::Complaints;

/// Checks host and port of `scheme://host:port/path`; an example stands in the messages, which never repeat the address: it
/// may hold a password.
pub(super) fn check(url: &str, example: &str) -> Result<(), String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let secret = "an address with user or password would show them in the log; write `user:` for the user, and \
                  `password_file:` with the name of a file that holds the password";
    if host.contains('@') {
        return Err(secret.to_owned());
    }
    // A password with a `/` in it ends here.
    match host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
        Some((_, port)) if port.parse::<u16>().is_err() && rest.contains('@') => Err(secret.to_owned()),
        Some((_, port)) if port.parse::<u16>().is_err() => Err("the port is not a number from 1 to 65535".to_owned()),
        Some(("", _)) => Err(format!("the address has no host; write {example}")),
        None if host.is_empty() => Err(format!("the address has no host; write {example}")),
        _ => Ok(()),
    }
}

/// A user and a password belong together.
pub(in crate::config) fn login_is_whole(
    user: Option<&String>,
    password_file: Option<&PathBuf>,
    path: &str,
    complaints: &mut Complaints<'_>,
) {
    match (user, password_file) {
        (Some(_), None) => {
            let message = "a user without a password; add `password_file:` with the name of a file that holds it";
            complaints.add(format!("{path}.source.user"), message);
        }
        (None, Some(_)) => {
            complaints.add(format!("{path}.source.password_file"), "a password without a user; add `user:`");
        }
        _ => {}
    }
}
