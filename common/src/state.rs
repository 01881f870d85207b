//! Where a program keeps what outlives it and is no data of its user's. Knows neither program.

use std::ffi::OsString;
use std::path::PathBuf;

/// The folders that systemd gives a service for its state, the first one first: `STATE_DIRECTORY`, where colons part them
/// (systemd.exec(5)). `variable` tells the environment.
pub fn of_service(variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let given = variable("STATE_DIRECTORY").unwrap_or_default();
    std::env::split_paths(&given).filter(|path| path.is_absolute()).collect()
}

/// The user's folder for it: `XDG_STATE_HOME`, else `~/.local/state` (XDG Base Directory Specification, which passes over
/// what is not absolute); none where there is no home either. `variable` tells the environment.
pub fn of_user(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_has_its_folders_and_the_user_one() {
        let check = |set: &[(&str, &str)], service: &[&str], user: Option<&str>| {
            let variable =
                |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
            assert_eq!(of_service(variable), service.iter().map(PathBuf::from).collect::<Vec<_>>(), "{set:?}");
            assert_eq!(of_user(variable), user.map(PathBuf::from), "{set:?}");
        };
        let home = ("HOME", "/home/me");
        check(
            &[("STATE_DIRECTORY", "/var/lib/a:/var/lib/b"), home],
            &["/var/lib/a", "/var/lib/b"],
            Some("/home/me/.local/state"),
        );
        check(&[("STATE_DIRECTORY", ""), ("XDG_STATE_HOME", "/state"), home], &[], Some("/state"));
        check(&[("XDG_STATE_HOME", ""), home], &[], Some("/home/me/.local/state"));
        check(&[("XDG_STATE_HOME", "relative"), home], &[], Some("/home/me/.local/state"));
        check(&[("HOME", "")], &[], None);
        check(&[], &[], None);
    }
}
