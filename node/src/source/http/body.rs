//! The body of an HTTP answer (RFC 9112, sections 6 and 7): its bytes without the chunks that carry them, and where it
//! ends. Knows nothing of pictures.

use super::head::{Head, chunk_size};
use crate::link::{Gap, Link};

pub(super) struct Body {
    pub link: Link,
    framing: Framing,
    /// Come, and not given yet.
    come: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Framing {
    /// It ends when the other side hangs up.
    UntilEnd,
    /// So many bytes are left.
    Length(u64),
    /// So many are left of the chunk.
    Chunk(u64),
    Over,
}

impl Body {
    pub(super) fn new(head: &Head, link: Link, come: Vec<u8>) -> Body {
        Body { link, framing: Framing::of(head), come }
    }

    /// What came next; `None` when it is over.
    pub(super) fn read(&mut self) -> Result<Option<Vec<u8>>, Gap> {
        loop {
            if let Some(bytes) = self.framing.take(&mut self.come).map_err(Gap::Broken)? {
                return Ok(Some(bytes));
            }
            if self.framing == Framing::Over {
                return Ok(None);
            }
            if self.link.read(&mut self.come)? == 0 {
                if self.framing != Framing::UntilEnd {
                    return Err(Gap::Broken("it hung up amid its answer".into()));
                }
                self.framing = Framing::Over;
            }
        }
    }
}

impl Framing {
    fn of(head: &Head) -> Framing {
        if head.all("Transfer-Encoding").any(|coding| coding.to_ascii_lowercase().contains("chunked")) {
            return Framing::Chunk(0);
        }
        // A stream has no length. Some servers tell one nevertheless.
        let len = head.get("Content-Length").filter(|_| !head.kind().starts_with("multipart/"));
        len.and_then(|len| len.parse().ok()).map_or(Framing::UntilEnd, Framing::Length)
    }

    /// Takes from what has come what belongs to the body.
    fn take(&mut self, come: &mut Vec<u8>) -> Result<Option<Vec<u8>>, String> {
        if let Framing::Chunk(left @ 0) = self {
            let line_ends = come.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            come.drain(..line_ends);
            let Some((size, len)) = chunk_size(come)? else { return Ok(None) };
            come.drain(..len.min(come.len()));
            *left = size;
            if size == 0 {
                *self = Framing::Over;
            }
        }
        let len = match self {
            Framing::UntilEnd => come.len(),
            Framing::Length(left) | Framing::Chunk(left) => {
                let len = usize::try_from(*left).unwrap_or(usize::MAX).min(come.len());
                *left -= len as u64;
                len
            }
            Framing::Over => 0,
        };
        if *self == Framing::Length(0) {
            *self = Framing::Over;
        }
        let rest = come.split_off(len);
        let bytes = std::mem::replace(come, rest);
        Ok(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out, byte by byte in, and what framing is left.
    fn check(framing: Framing, text: &str, expected: Result<(&str, Framing), &str>) {
        for step in [1, 3, text.len()] {
            let (mut framing, mut come, mut out) = (framing, vec![], vec![]);
            let result = text.as_bytes().chunks(step).try_for_each(|bytes| {
                come.extend(bytes);
                while let Some(bytes) = framing.take(&mut come)? {
                    out.extend(bytes);
                }
                Ok(())
            });
            let result = result.map(|()| (String::from_utf8(out).unwrap(), framing));
            let result = result.as_ref().map(|(out, left)| (out.as_str(), *left)).map_err(String::as_str);
            assert_eq!(result, expected, "{text}");
        }
    }

    #[test]
    fn a_body_is_what_its_framing_says() {
        check(Framing::UntilEnd, "abc", Ok(("abc", Framing::UntilEnd)));
        check(Framing::Length(2), "abc", Ok(("ab", Framing::Over)));
        check(Framing::Length(4), "abc", Ok(("abc", Framing::Length(1))));
        check(Framing::Chunk(0), "2\r\nab\r\n0a;x=y\r\n0123456789\r\n0\r\n\r\n", Ok(("ab0123456789", Framing::Over)));
        check(Framing::Chunk(0), "5\r\nab", Ok(("ab", Framing::Chunk(3))));
        check(Framing::Chunk(0), "ab\r\nxx", Ok(("xx", Framing::Chunk(0xa9))));
        check(Framing::Chunk(0), "<html>", Err("its answer comes in chunks that cannot be told apart"));
        let long = format!("1;{}", "x".repeat(5000));
        check(Framing::Chunk(0), &long, Err("its answer comes in chunks that cannot be told apart"));
    }
}
