//! What every request passes: whether its `Host` is a name of this hub, so that no other site can reach it under a name of
//! its own (DNS rebinding); whether a request that changes something comes from the hub's own page, and any other at least from
//! no other site's; and the headers
//! that keep a browser from taking anything for what it is not. Knows no route.

use std::net::IpAddr;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use picket_common::config::hostname;

use super::Refusal;

/// Nothing is loaded from elsewhere, nothing is run that is not a file of ours, and nobody frames us.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
    manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Browsers that have seen a certificate that somebody vouches for come with TLS only, for a month; it holds for the name, on
/// whatever port, and for no name below it.
const STRICT: HeaderValue = HeaderValue::from_static("max-age=2592000");

/// Knows the hub's names.
#[derive(Clone)]
pub(super) struct Guard {
    names: Vec<String>,
    is_strict: bool,
}

impl Guard {
    /// `names` are names beside the machine's own.
    pub(super) fn new(names: &[String]) -> Guard {
        let own = hostname().to_lowercase();
        let local = [format!("{own}.local"), format!("{own}.lan"), own, "localhost".to_owned()];
        Guard { names: names.iter().map(|name| name.to_lowercase()).chain(local).collect(), is_strict: false }
    }

    /// The same, that tells browsers to come with TLS only.
    pub(super) fn strict(self, is_strict: bool) -> Guard {
        Guard { is_strict, ..self }
    }

    /// Stands before `routes`.
    pub(super) fn around(self, routes: Router) -> Router {
        routes.layer(middleware::from_fn(move |request: Request, next: Next| {
            let refused = self.check(request.method(), request.headers());
            let is_strict = self.is_strict;
            async move {
                let mut response = match refused {
                    Ok(()) => next.run(request).await,
                    Err(refusal) => refusal.into_response(),
                };
                add_headers(&mut response);
                if is_strict {
                    response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, STRICT);
                }
                response
            }
        }))
    }

    fn check(&self, method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
        let host = text(headers, &header::HOST).unwrap_or_default();
        if !self.knows(host) {
            return Err(Refusal::forbidden(format!(
                "`{host}` is not a name of this hub; if it is to be one, add it to `web.names` in its configuration"
            )));
        }
        let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let site = said("sec-fetch-site");
        let is_own = site.is_none_or(|site| matches!(site, "same-origin" | "none"));
        if method.is_safe() {
            // Another site may link here, and do nothing else: not show our images, nor hold our streams.
            let is_link = said("sec-fetch-mode") == Some("navigate");
            return if is_own || is_link { Ok(()) } else { Err(Refusal::forbidden("this is not for other sites")) };
        }
        // Programs that are no browsers send no Origin; browsers send it with whatever changes something.
        let origin = text(headers, &header::ORIGIN);
        let own =
            origin.is_none_or(|origin| origin.split_once("://").is_some_and(|(_, of)| of.eq_ignore_ascii_case(host)));
        if own && is_own {
            return Ok(());
        }
        Err(Refusal::forbidden("another site has sent this through your browser; nothing was done"))
    }

    /// Whether `host`, with or without a port, is an address or one of the names: an address cannot be rebound.
    fn knows(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        bare.parse::<IpAddr>().is_ok() || self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

fn add_headers(response: &mut Response) {
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: Method, headers: &[(&'static str, &'static str)], allowed: bool) {
        let guard = Guard::new(&["Cameras.example.org".to_owned()]);
        let map = headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        assert_eq!(guard.check(&method, &map.collect()).is_ok(), allowed, "{method} {headers:?}");
    }

    #[test]
    fn only_names_and_addresses_of_the_hub_are_answered() {
        let hosts =
            ["localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "192.168.1.7", "cameras.example.org:443"];
        hosts.iter().for_each(|host| check(Method::GET, &[("host", host)], true));
        let strangers = ["evil.example", "evil.example:8080", "localhost.evil.example", "", "127.0.0.1.evil.example"];
        strangers.iter().for_each(|host| check(Method::GET, &[("host", host)], false));
        check(Method::GET, &[], false);
    }

    #[test]
    fn another_site_changes_nothing() {
        let host = ("host", "localhost:8080");
        check(Method::PUT, &[host], true);
        check(Method::PUT, &[host, ("origin", "http://localhost:8080")], true);
        check(Method::PUT, &[host, ("origin", "http://localhost:8080"), ("sec-fetch-site", "same-origin")], true);
        check(Method::PUT, &[host, ("origin", "http://localhost:9000")], false);
        check(Method::PUT, &[host, ("origin", "null")], false);
        check(Method::DELETE, &[host, ("sec-fetch-site", "cross-site")], false);
        check(Method::GET, &[host, ("origin", "https://evil.example")], true);
    }

    #[test]
    fn another_site_may_link_here_and_nothing_else() {
        let from = |site: &'static str, mode: &'static str| {
            [("host", "localhost:8080"), ("sec-fetch-site", site), ("sec-fetch-mode", mode)]
        };
        check(Method::GET, &from("same-origin", "cors"), true);
        check(Method::GET, &from("none", "navigate"), true);
        check(Method::GET, &from("cross-site", "navigate"), true);
        check(Method::GET, &from("cross-site", "no-cors"), false);
        check(Method::HEAD, &from("cross-site", "cors"), false);
        // As another program's page on this machine.
        check(Method::GET, &from("same-site", "cors"), false);
        check(Method::PUT, &from("cross-site", "navigate"), false);
    }
}
