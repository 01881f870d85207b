//! The head of an HTTP answer (RFC 9112), from whatever servers cameras have. The one place that names
//! `httparse`.

use crate::link::{Gap, Link};

/// Cameras' heads have some hundred bytes.
const MAX_BYTES: usize = 32 << 10;
const MAX_FIELDS: usize = 100;

/// A chunk's size is a few digits; some servers say more behind them.
const MAX_SIZE_LINE: usize = 4 << 10;

/// Status and fields.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Head {
    pub status: u16,
    reason: String,
    fields: Vec<(String, String)>,
}

impl Head {
    /// Reads a whole head; with it, what came behind it.
    pub(super) fn read(link: &mut Link) -> Result<(Head, Vec<u8>), Gap> {
        let mut bytes = vec![];
        loop {
            match Head::parse(&bytes).map_err(Gap::Broken)? {
                Some((head, len)) => {
                    let behind = bytes.split_off(len.min(bytes.len()));
                    // One from 100 to 199 is only a foretaste (`100 Continue`).
                    if !(100..200).contains(&head.status) {
                        return Ok((head, behind));
                    }
                    bytes = behind;
                }
                None if bytes.len() > MAX_BYTES => return Err(Gap::Broken("its answer has no end to its head".into())),
                None if link.read(&mut bytes)? > 0 => {}
                None if bytes.is_empty() => return Err(Gap::Broken("it hung up without an answer".into())),
                None => return Err(Gap::Broken("it hung up amid its answer".into())),
            }
        }
    }

    /// The head and its length, if it is whole.
    fn parse(bytes: &[u8]) -> Result<Option<(Head, usize)>, String> {
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut answer = httparse::Response::new(&mut fields);
        let parsed = httparse::ParserConfig::default()
            .allow_spaces_after_header_name_in_responses(true)
            .allow_obsolete_multiline_headers_in_responses(true)
            .allow_multiple_spaces_in_response_status_delimiters(true)
            .ignore_invalid_headers_in_responses(true)
            .parse_response(&mut answer, bytes);
        let len = match parsed {
            Ok(httparse::Status::Complete(len)) => len,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(error) => return Err(format!("its answer is not HTTP ({error}); is the port right?")),
        };
        let field = |field: &httparse::Header<'_>| {
            (field.name.to_owned(), String::from_utf8_lossy(field.value).trim().to_owned())
        };
        let head = Head {
            status: answer.code.unwrap_or_default(),
            reason: answer.reason.unwrap_or_default().chars().filter(|c| !c.is_control()).take(80).collect(),
            fields: answer.headers.iter().map(field).collect(),
        };
        Ok(Some((head, len)))
    }

    /// All fields of that name, which may stand there more than once.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(move |(is, _)| is.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The kind of what follows, in lower case, such as `image/jpeg`; empty if it is not told.
    pub(super) fn kind(&self) -> String {
        let kind = self.get("Content-Type").unwrap_or_default().split(';').next().unwrap_or_default().trim();
        kind.chars().take(80).collect::<String>().to_ascii_lowercase()
    }

    /// What parts are separated by, without the dashes in front, of which servers have more or fewer than they say.
    pub(super) fn boundary(&self) -> &str {
        let parameters = self.get("Content-Type").unwrap_or_default().split(';').skip(1);
        let mut pairs = parameters.filter_map(|parameter| parameter.split_once('='));
        let boundary = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"));
        boundary.map_or("", |(_, value)| value.trim().trim_matches('"').trim_matches('-'))
    }

    /// `404 Not Found`.
    pub(super) fn status_line(&self) -> String {
        format!("{} {}", self.status, self.reason).trim_end().to_owned()
    }
}

/// The size of the chunk that begins here, and how long the line is that tells it, if that is whole.
pub(super) fn chunk_size(bytes: &[u8]) -> Result<Option<(u64, usize)>, String> {
    match httparse::parse_chunk_size(bytes) {
        Ok(httparse::Status::Complete((len, size))) => Ok(Some((size, len))),
        Ok(httparse::Status::Partial) if bytes.len() < MAX_SIZE_LINE => Ok(None),
        _ => Err("its answer comes in chunks that cannot be told apart".into()),
    }
}

#[cfg(test)]
impl Head {
    pub(super) fn of(text: &str) -> Head {
        Head::parse(text.as_bytes()).unwrap().unwrap().0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_all_sorts_are_understood() {
        let check = |text: &str, kind: &str, boundary: &str| {
            let head = Head::of(text);
            assert_eq!((head.status, &*head.kind(), head.boundary()), (200, kind, boundary), "{text}");
        };
        check("HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n", "image/jpeg", "");
        check("HTTP/1.0 200 OK\ncontent-type:Image/JPEG ; x=y\n\n", "image/jpeg", "");
        check("HTTP/1.1 200\r\n\r\n", "", "");
        let mixed = "HTTP/1.0 200 OK\r\nbad name: x\r\nServer: \u{ff}\r\nContent-Type: multipart/x-mixed-replace;";
        check(&format!("{mixed}boundary=--frame\r\n\r\n"), "multipart/x-mixed-replace", "frame");
        check(&format!("{mixed} Boundary = \"a b--\"\r\n\r\n"), "multipart/x-mixed-replace", "a b");
        check(&format!("{mixed}\r\n\r\n"), "multipart/x-mixed-replace", "");
    }

    #[test]
    fn a_head_that_is_cut_is_not_whole_and_what_is_none_is_refused() {
        let text = "HTTP/1.1 401 Who \u{8}are you?\r\nWWW-Authenticate: Basic\r\nWWW-Authenticate: Digest\r\n\r\n";
        for end in 0..text.len() {
            assert_eq!(Head::parse(&text.as_bytes()[..end]).unwrap_or_default(), None, "{end}");
        }
        let head = Head { reason: "Who are you?".into(), ..Head::of(&text.replace('\u{8}', "")) };
        assert_eq!(head.status_line(), "401 Who are you?");
        assert_eq!(head.all("www-authenticate").collect::<Vec<_>>(), ["Basic", "Digest"]);
        for text in ["SSH-2.0-OpenSSH_9\r\n", "RTSP/1.0 400 Bad\r\n\r\n", "\0\0\0\0"] {
            assert!(Head::parse(text.as_bytes()).unwrap_err().starts_with("its answer is not HTTP"), "{text}");
        }
    }
}
