//! A camera's address, `http://host:port/path?query` (RFC 3986), taken apart. Knows no network.

use std::fmt;

/// Where a picture is. Shown without its query, in which many cameras take a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// A name or number; of IPv6, without brackets.
    pub host: String,
    pub port: u16,
    /// Path and query, as a request has them.
    pub target: String,
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Address, String> {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        match scheme.to_ascii_lowercase().as_str() {
            "http" => {}
            "https" => return Err("https:// is not spoken here, only http://".into()),
            _ => return Err("this is not an address that begins with http://".into()),
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let (host, port) = match authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
            Some((host, "")) => (host, 80),
            Some((host, port)) => (host, port.parse().map_err(|_| "its port is not a number from 1 to 65535")?),
            None => (authority, 80),
        };
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() || port == 0 || !host.bytes().all(|c| c.is_ascii_graphic() && c != b'@') {
            return Err("its host or port cannot be".into());
        }
        Ok(Address { host: host.to_owned(), port, target: target_of(target) })
    }

    /// Where a redirection leads from here.
    pub(super) fn join(&self, location: &str) -> Result<Address, String> {
        let location = location.trim();
        if let Some(rest) = location.strip_prefix("//") {
            return Address::parse(&format!("http://{rest}"));
        }
        let path = self.path();
        let target = match location.find([':', '/', '?']) {
            Some(at) if location[at..].starts_with(':') => return Address::parse(location),
            Some(0) if location.starts_with('/') => location.to_owned(),
            Some(0) => format!("{path}{location}"),
            _ => format!("{}/{location}", path.rsplit_once('/').map_or("", |(folder, _)| folder)),
        };
        Ok(Address { target: target_of(&target), ..self.clone() })
    }

    /// The host as a request names it.
    pub(super) fn host_header(&self) -> String {
        // The network card in an IPv6 number concerns nobody but us.
        let host = self.host.split('%').next().unwrap_or_default();
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        if self.port == 80 { host } else { format!("{host}:{}", self.port) }
    }

    /// The target without its query.
    pub(super) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.host_header(), self.path())
    }
}

/// What stands behind the host, with a `/` in front, without a fragment, and all that a request cannot bear
/// encoded.
fn target_of(text: &str) -> String {
    let text = text.split('#').next().unwrap_or_default();
    let slash = if text.starts_with('/') { "" } else { "/" };
    let byte = |byte: u8| match byte {
        b'!'..=b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    slash.chars().map(String::from).chain(text.bytes().map(byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let check = |url: &str, host: &str, port: u16, target: &str, named: &str, shown: &str| {
            let address = Address::parse(url).unwrap();
            assert_eq!((&*address.host, address.port, &*address.target), (host, port, target), "{url}");
            assert_eq!((&*address.host_header(), &*address.to_string()), (named, shown), "{url}");
        };
        check("http://phone:8080/video", "phone", 8080, "/video", "phone:8080", "http://phone:8080/video");
        check("HTTP://cam", "cam", 80, "/", "cam", "http://cam/");
        check("http://cam:?pwd=x#top", "cam", 80, "/?pwd=x", "cam", "http://cam/");
        check("http://[::1]:81/a b?ü", "::1", 81, "/a%20b?%C3%BC", "[::1]:81", "http://[::1]:81/a%20b");
        check("http://[fe80::1%eth0]/", "fe80::1%eth0", 80, "/", "[fe80::1]", "http://[fe80::1]/");
        check("http://cam/\r\nHost: x", "cam", 80, "/%0D%0AHost:%20x", "cam", "http://cam/%0D%0AHost:%20x");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for url in ["", "cam/video", "rtsp://cam/1", "http://", "http://:80/", "http://cam:0/", "http://a@cam/"] {
            assert!(Address::parse(url).is_err(), "{url}");
        }
        for url in ["http://cam:x/", "http://a b/", "http://cam:99999", "https://cam/", "http://a\r\nb/"] {
            assert!(Address::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_redirection_leads_from_here() {
        let here = Address::parse("http://cam:81/a/b?c=d").unwrap();
        let check = |location: &str, expected: &str| {
            assert_eq!(here.join(location), Address::parse(expected), "{location}");
        };
        check("http://other/x", "http://other/x");
        check("//other:82/x", "http://other:82/x");
        check("/x?y=:z", "http://cam:81/x?y=:z");
        check("x", "http://cam:81/a/x");
        check("?x", "http://cam:81/a/b?x");
        check("x/y:z", "http://cam:81/a/x/y:z");
        assert!(here.join("https://cam/x").is_err());
    }
}
