//! A camera's user and password: read from their file, put into an address, and never shown. Knows no
//! network.

use std::fmt;
use std::path::Path;

use super::SourceError;

/// Passwords are short; a wrong file may not be.
const LONGEST_PASSWORD: usize = 1024;

/// Who asks, and how they prove it. Its debug form hides the password.
pub(super) struct Login {
    user: String,
    password: String,
}

impl Login {
    /// None if neither is given. The password is the file's text without white space around it.
    pub(super) fn read(user: Option<&str>, password_file: Option<&Path>) -> Result<Option<Login>, SourceError> {
        let password = match password_file {
            Some(file) => read_password(file)
                .map_err(|why| SourceError::Lost(format!("password_file {}: {why}", file.display())))?,
            None => String::new(),
        };
        match user {
            Some(user) => Ok(Some(Login { user: user.into(), password })),
            None if password_file.is_none() => Ok(None),
            None => Err(SourceError::Lost("password_file is given, but no `user`".into())),
        }
    }

    /// The address with this login, in the place of any that it has.
    pub(super) fn put_into(&self, url: &str) -> String {
        let (scheme, rest) = url.split_once("://").unwrap_or(("rtsp", url));
        let host = match userinfo(url) {
            Some(old) => &rest[old.len() + 1..],
            None => rest,
        };
        let user = encode(&self.user);
        match self.password.as_str() {
            "" => format!("{scheme}://{user}@{host}"),
            password => format!("{scheme}://{user}:{}@{host}", encode(password)),
        }
    }

    /// User and password, for those who prove it themselves.
    pub(super) fn words(&self) -> (&str, &str) {
        (&self.user, &self.password)
    }

    /// The forms in which the password must not be shown.
    pub(super) fn secrets(&self) -> Vec<String> {
        vec![self.password.clone(), encode(&self.password)]
    }
}

#[cfg(test)]
impl Login {
    pub(super) fn of(user: &str, password: &str) -> Login {
        Login { user: user.into(), password: password.into() }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:***", self.user)
    }
}

/// The password that stands in the address itself, if any.
pub(super) fn login_in(url: &str) -> Vec<String> {
    userinfo(url).and_then(|info| info.split_once(':')).map(|(_, password)| password.to_owned()).into_iter().collect()
}

/// What stands between `://` and the last `@` before the path.
fn userinfo(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    authority.rsplit_once('@').map(|(info, _)| info)
}

fn read_password(file: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let password = text.trim();
    match password.len() {
        0 => Err("it is empty".into()),
        len if len > LONGEST_PASSWORD => Err(format!("{len} bytes are too many for a password")),
        _ if password.contains(['\n', '\r', '\0']) => Err("it has more than one line".into()),
        _ => Ok(password.to_owned()),
    }
}

/// Percent-encoding of all but RFC 3986's unreserved characters.
fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_goes_into_the_address_encoded_and_takes_the_place_of_another() {
        let check = |user: &str, password: &str, url: &str, expected: &str| {
            let login = Login { user: user.into(), password: password.into() };
            assert_eq!(login.put_into(url), expected);
            assert!(password.is_empty() || !format!("{login:?}").contains(password));
        };
        check("jo", "p@ss/w:rd%'", "rtsp://cam/1", "rtsp://jo:p%40ss%2Fw%3Ard%25%27@cam/1");
        check("jo", "", "rtsp://cam:554", "rtsp://jo@cam:554");
        check("jö", "x", "rtsps://old:secret@cam/a@b", "rtsps://j%C3%B6:x@cam/a@b");
        check("jo", "x", "rtsp://a@b:c@cam/", "rtsp://jo:x@cam/");
    }

    #[test]
    fn a_password_in_the_address_is_known_as_a_secret() {
        assert_eq!(login_in("rtsp://jo:se@cret@cam/1"), ["se@cret"]);
        assert!(login_in("rtsp://cam/1?a:b@c").is_empty());
    }

    #[test]
    fn password_files_are_trimmed_and_checked() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        let check = |bytes: &str, expected: Result<&str, &str>| {
            std::fs::write(&file, bytes).unwrap();
            match (Login::read(Some("jo"), Some(&file)), expected) {
                (Ok(Some(login)), Ok(password)) => assert_eq!(login.password, password),
                (Err(error), Err(end)) => {
                    assert_eq!(error.to_string(), format!("password_file {}: {end}", file.display()))
                }
                (got, expected) => panic!("{got:?} is not {expected:?}"),
            }
        };
        check("  a b\r\n", Ok("a b"));
        check(" \n", Err("it is empty"));
        check("one\ntwo\n", Err("it has more than one line"));
        check(&"x".repeat(2000), Err("2000 bytes are too many for a password"));
        assert!(Login::read(None, None).unwrap().is_none());
        assert!(Login::read(None, Some(&file)).is_err());
    }
}
