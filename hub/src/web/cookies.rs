//! The cookie in which a browser keeps the id of its session: no script can read it, and no other site can use it. Browsers do
//! not tell the hubs on one machine apart by their ports, so each has a name of its own for it. Knows no session.

use axum::http::{HeaderMap, header};

/// By this much of the data directory's id hubs are told apart.
const TOLD_APART: usize = 8;

/// A hub's cookie, by both of its names.
pub(super) struct Cookies {
    /// Where nothing encrypts.
    pub(super) plain: String,
    /// Under this name a browser takes it from nobody else, as from a page of another name below the same domain, or one
    /// that came without encryption.
    pub(super) safe: String,
}

impl Cookies {
    /// Those of the hub whose data directory has this id.
    pub(super) fn of(data: &str) -> Cookies {
        let plain = format!("picket_session_{}", data.get(..TOLD_APART).unwrap_or(data));
        Cookies { safe: format!("__Host-{plain}"), plain }
    }

    /// The ids that a browser gives. Behind a proxy that encrypts the hub cannot know whether it does; there the safe
    /// cookie goes first.
    pub(super) fn ids<'h>(&self, headers: &'h HeaderMap, is_encrypted: bool) -> Vec<&'h str> {
        let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let pairs: Vec<(&str, &str)> = pairs.collect();
        let under =
            |wanted: &str| pairs.iter().filter(|(name, _)| *name == wanted).map(|(_, id)| *id).collect::<Vec<_>>();
        let plain = if is_encrypted { Vec::new() } else { under(&self.plain) };
        [under(&self.safe), plain].concat()
    }

    /// What makes a browser keep `id` for so many seconds.
    pub(super) fn keep(&self, id: &str, seconds: i64, is_encrypted: bool) -> String {
        let (name, secure) = if is_encrypted { (&self.safe, "; Secure") } else { (&self.plain, "") };
        format!("{name}={id}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
    }

    /// What makes it forget one, under either name.
    pub(super) fn forget(&self) -> [String; 2] {
        [false, true].map(|is_encrypted| self.keep("", 0, is_encrypted))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn two_hubs_on_one_machine_take_nothing_of_each_others() {
        let [one, other] = ["0123456789", "fedcba9876"].map(Cookies::of);
        let pairs = [one.keep("1", 9, false), other.keep("2", 9, false), one.keep("3", 9, true)];
        let pairs = pairs.map(|kept| kept.split(';').next().unwrap().to_owned());
        let headers: HeaderMap =
            [(header::COOKIE, HeaderValue::from_str(&pairs.join("; ")).unwrap())].into_iter().collect();
        assert_eq!(one.ids(&headers, false), ["3", "1"]);
        assert_eq!(one.ids(&headers, true), ["3"]);
        assert_eq!(other.ids(&headers, false), ["2"]);
    }
}
