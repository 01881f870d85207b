//! The line with which a YUV4MPEG2 stream begins. Only reads it.

/// What a framed stream begins with.
#[derive(Debug, PartialEq)]
pub(super) struct Header {
    pub width: u32,
    pub height: u32,
    pub framerate: f64,
}

impl Header {
    pub(super) fn parse(line: &str) -> Option<Header> {
        let mut header = Header { width: 0, height: 0, framerate: 0.0 };
        for word in line.strip_suffix('\n')?.strip_prefix("YUV4MPEG2 ")?.split(' ') {
            let mut letters = word.chars();
            let (letter, value) = (letters.next(), letters.as_str());
            match letter {
                Some('W') => header.width = value.parse().ok()?,
                Some('H') => header.height = value.parse().ok()?,
                Some('F') => {
                    let (frames, seconds) = value.split_once(':')?;
                    header.framerate = frames.parse::<f64>().ok()? / seconds.parse::<f64>().ok()?;
                }
                Some('C') if !value.starts_with("420") || value.starts_with("420p1") => return None,
                _ => {}
            }
        }
        Some(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_tell_size_and_rate() {
        let check = |line: &str, expected: Option<(u32, u32, f64)>| {
            let expected = expected.map(|(width, height, framerate)| Header { width, height, framerate });
            assert_eq!(Header::parse(line), expected, "{line}");
        };
        check("YUV4MPEG2 W640 H360 F10:1 Ip A1:1 C420jpeg XYSCSS=420JPEG\n", Some((640, 360, 10.0)));
        check("YUV4MPEG2 W2 H4 F1:4\n", Some((2, 4, 0.25)));
        check("YUV4MPEG2 W640 H360 F10:1 C422\n", None);
        check("YUV4MPEG2 W640 H360 F10:1 C420p10\n", None);
        check("YUV4MPEG2 W640 H360 F10:1", None);
        check("YUV4MPEG2 W-640 H360 F10:1\n", None);
        check("YUV4MPEG2 W640 H360 F10\n", None);
        check("RIFF\n", None);
    }
}
