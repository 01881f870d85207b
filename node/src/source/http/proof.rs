//! How a login is proved to a camera that asks for it: by a digest (RFC 7616, RFC 2069) where it offers that, else
//! by the plain password (RFC 7617). The one place that names `digest_auth`.

use digest_auth::{AuthContext, WwwAuthenticateHeader};

use super::head::Head;
use crate::source::login::Login;

/// A login, and what the camera asked last: its answer serves for later requests too.
pub(super) struct Proof {
    login: Login,
    asked: Option<Asked>,
}

enum Asked {
    Digest(Box<WwwAuthenticateHeader>),
    Basic,
}

impl Proof {
    pub(super) fn new(login: Login) -> Proof {
        Proof { login, asked: None }
    }

    /// Notes what is asked. True if the last answer was right, and only too old.
    pub(super) fn hear(&mut self, head: &Head) -> Result<bool, String> {
        let challenges = || head.all("WWW-Authenticate");
        if let Some(digest) = challenges().find_map(digest) {
            let stale = digest.stale;
            self.asked = Some(Asked::Digest(Box::new(digest)));
            return Ok(stale);
        }
        if challenges().any(|challenge| find(challenge, "basic").is_some()) {
            self.asked = Some(Asked::Basic);
            return Ok(false);
        }
        Err("it asks for a login in a way that is not known here (known: basic, and digest with MD5 or SHA)".into())
    }

    /// What a request for `target` says; nothing as long as nothing was asked.
    pub(super) fn field(&mut self, target: &str) -> Result<Option<String>, String> {
        let (user, password) = self.login.words();
        let proof = match &mut self.asked {
            None => return Ok(None),
            Some(Asked::Basic) => format!("Basic {}", base64(format!("{user}:{password}").as_bytes())),
            Some(Asked::Digest(challenge)) => challenge
                .respond(&AuthContext::new(user, password, target))
                .map_err(|_| "its way to ask for a login is not understood")?
                .to_header_string(),
        };
        // Nothing that anyone wrote may begin a line of its own.
        match proof.contains(char::is_control) {
            true => Err("the user has characters in it that no request can bear".into()),
            false => Ok(Some(proof)),
        }
    }
}

fn digest(challenge: &str) -> Option<WwwAuthenticateHeader> {
    // Beyond ASCII, the library would not count right.
    let parameters = challenge.get(find(challenge, "digest")?..).filter(|text| text.is_ascii())?;
    WwwAuthenticateHeader::parse(parameters).ok()
}

/// Where the parameters of a kind of challenge begin; several may stand in one field.
fn find(challenge: &str, kind: &str) -> Option<usize> {
    let lower = challenge.to_ascii_lowercase();
    let starts = |at: usize| at == 0 || lower.get(..at).is_some_and(|before| before.ends_with([' ', ',']));
    let ends = |at: usize| lower.get(at..).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    lower
        .match_indices(kind)
        .map(|(at, kind)| (at, at + kind.len()))
        .find(|(at, end)| starts(*at) && ends(*end))
        .map(|it| it.1)
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= three.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(user: &str, password: &str, challenges: &[&str]) -> Result<Proof, String> {
        let fields = challenges.iter().map(|challenge| format!("WWW-Authenticate: {challenge}\r\n"));
        let head = Head::of(&format!("HTTP/1.1 401 No\r\n{}\r\n", fields.collect::<String>()));
        let mut proof = Proof::new(Login::of(user, password));
        assert_eq!(proof.field("/"), Ok(None));
        proof.hear(&head).map(|_| proof)
    }

    #[test]
    fn base_64_is_that_of_the_rfc() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn the_plain_password_is_given_only_to_those_who_ask_for_nothing_better() {
        let plain = "Basic am86cEBzcw==";
        let check = |challenges: &[&str], is_plain: bool| {
            let field = asked("jo", "p@ss", challenges).unwrap().field("/").unwrap().unwrap();
            assert_eq!(field == plain, is_plain, "{field}");
            assert!(is_plain || field.starts_with("Digest ") && !field.contains("p@ss"), "{field}");
        };
        let digest = r#"Digest realm="cam", nonce="1", qop="auth""#;
        check(&["Basic realm=\"cam\""], true);
        check(&["basic"], true);
        check(&["Basic realm=\"cam\"", digest], false);
        check(&[&format!("Basic realm=\"cam\", {digest}")], false);
        check(&[&format!("{digest}, Basic realm=\"cam\"")], false);
        check(&["Digest realm=\"cam\", nonce=\"1\", algorithm=ROT13", "Basic"], true);
    }

    #[test]
    fn a_digest_is_that_of_the_rfcs_and_counts_on() {
        // RFC 2069, as the errata have it: without `qop` nothing in it is left to chance.
        let challenge = r#"Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="x""#;
        let mut proof = asked("Mufasa", "CircleOfLife", &[challenge]).unwrap();
        let field = proof.field("/dir/index.html").unwrap().unwrap();
        assert!(field.contains(r#"response="1949323746fe6a43ef61f9606e7febea""#), "{field}");

        let mut proof = asked("jo", "x", &[r#"DIGEST realm="a", nonce="b", qop="auth", algorithm=SHA-256"#]).unwrap();
        assert!(proof.field("/").unwrap().unwrap().contains("nc=00000001"));
        assert!(proof.field("/").unwrap().unwrap().contains("nc=00000002"));
    }

    #[test]
    fn what_cannot_be_answered_is_refused_and_hostile_challenges_never_panic() {
        let refused = |challenges: &[&str]| asked("jo", "x", challenges).err().unwrap();
        for challenges in [&[][..], &["Bearer"], &["Negotiate"], &["Digest"], &["Digest realm=\"ü\", nonce=\"=\""]] {
            assert!(refused(challenges).starts_with("it asks for a login in a way"), "{challenges:?}");
        }
        let whole = r#"Digest realm="a\"b", nonce=c, qop="auth,auth-int", stale=true, charset=UTF-8"#;
        for end in 0..whole.len() {
            let _ = asked("jo", "x", &[&whole[..end]]).map(|mut proof| proof.field("/"));
        }
        let mut proof = asked("jo\nX: y", "x", &[whole]).unwrap();
        assert!(proof.field("/").is_err());
    }
}
