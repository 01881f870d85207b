//! What a ZeroMQ socket says first, and what that tells of it: its mechanism and its type. Pure: bytes in, a value out.
//!
//! ZMTP 3.x (RFC 23 and 37, rfc.zeromq.org): each side sends a greeting of 64 bytes: FF, eight bytes, 7F; major and minor
//! version; the mechanism's name in 20 bytes, with zeros behind it; whether it is the server; 31 zeros. With the mechanism
//! NULL each side then sends the command READY, whose properties say `Socket-Type`. libzmq does not wait for our READY with
//! its own. ZMTP 2.0 (RFC 15): FF, eight bytes, 7F, the revision 1, and the socket's type as a number.

/// The length of a greeting, and of its beginning up to the version.
const GREETING: usize = 64;
const BEGINNING: usize = 12;

/// The bits of a frame's flags: its length has eight bytes; it is a command.
const LONG: u8 = 2;
const COMMAND: u8 = 4;

/// Longer commands than this are not waited for.
const LONGEST: usize = 4096;

/// The socket types of ZMTP 2.0, by their numbers.
const OLD_TYPES: [&str; 9] = ["PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH"];

/// Who speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speaker {
    /// More bytes are needed to tell.
    Unknown,
    /// No ZeroMQ socket.
    Stranger,
    /// A ZeroMQ socket.
    Socket {
        /// `NULL` speaks plainly, `CURVE` is encrypted, `PLAIN` wants a password.
        mechanism: String,
        /// `ROUTER`, `REP`, `PUB`, ...: none where it is not told, as with any mechanism but NULL.
        kind: Option<String>,
    },
}

/// Our greeting, in two parts: the version 3.0, and then NULL. A socket that wants another mechanism closes the connection
/// when it reads the second; so that it can say first which, the second is sent when its greeting is here.
pub fn greeting() -> (Vec<u8>, Vec<u8>) {
    let mut bytes = whole_greeting().to_vec();
    let rest = bytes.split_off(BEGINNING);
    (bytes, rest)
}

fn whole_greeting() -> [u8; GREETING] {
    let mut bytes = [0; GREETING];
    bytes[0] = 0xff;
    bytes[8] = 1;
    bytes[9] = 0x7f;
    bytes[10] = 3;
    bytes[12..16].copy_from_slice(b"NULL");
    bytes
}

/// Whether the greeting is there, or it is plain that none comes.
pub fn is_greeted(bytes: &[u8]) -> bool {
    GREETING <= bytes.len() || read(bytes) != Speaker::Unknown
}

/// Who has sent these bytes, the first of a connection.
pub fn read(bytes: &[u8]) -> Speaker {
    match (bytes.first(), bytes.get(9)) {
        (None, _) | (Some(0xff), None) => return Speaker::Unknown,
        (Some(0xff), Some(end)) if end & 1 == 1 => {}
        _ => return Speaker::Stranger,
    }
    match bytes.get(10) {
        None => Speaker::Unknown,
        Some(0..3) => match bytes.get(11) {
            None => Speaker::Unknown,
            Some(kind) => {
                let kind = OLD_TYPES.get(usize::from(*kind)).map(|kind| (*kind).to_owned());
                Speaker::Socket { mechanism: "NULL".to_owned(), kind }
            }
        },
        Some(_) => current(bytes),
    }
}

fn current(bytes: &[u8]) -> Speaker {
    let Some((greeting, rest)) = bytes.split_at_checked(GREETING) else { return Speaker::Unknown };
    let name = greeting.get(12..32).unwrap_or_default();
    let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
    let mechanism = String::from_utf8_lossy(name).into_owned();
    if mechanism != "NULL" {
        return Speaker::Socket { mechanism, kind: None };
    }
    match command(rest) {
        Command::Unfinished => Speaker::Unknown,
        Command::Whole(body) => Speaker::Socket { mechanism, kind: property(body, "Socket-Type") },
        Command::None => Speaker::Socket { mechanism, kind: None },
    }
}

enum Command<'b> {
    Unfinished,
    Whole(&'b [u8]),
    /// Something else is there, or too much.
    None,
}

fn command(bytes: &[u8]) -> Command<'_> {
    let Some((flags, rest)) = bytes.split_first() else { return Command::Unfinished };
    if flags & COMMAND == 0 {
        return Command::None;
    }
    let sized = if flags & LONG == 0 {
        rest.split_first().map(|(size, rest)| (u64::from(*size), rest))
    } else {
        rest.split_first_chunk::<8>().map(|(size, rest)| (u64::from_be_bytes(*size), rest))
    };
    let Some((size, rest)) = sized else { return Command::Unfinished };
    match usize::try_from(size) {
        Ok(size) if size <= LONGEST => rest.get(..size).map_or(Command::Unfinished, Command::Whole),
        _ => Command::None,
    }
}

/// A property of a READY command: a name with its length in a byte, a value with its length in four.
fn property(body: &[u8], wanted: &str) -> Option<String> {
    let mut rest = body.strip_prefix(b"\x05READY")?;
    loop {
        let (length, after) = rest.split_first()?;
        let (name, after) = after.split_at_checked((*length).into())?;
        let (length, after) = after.split_first_chunk::<4>()?;
        let (value, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        if name.eq_ignore_ascii_case(wanted.as_bytes()) {
            return Some(String::from_utf8_lossy(value).into_owned());
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(mechanism: &[u8], command: &[u8]) -> Vec<u8> {
        let mut bytes = whole_greeting().to_vec();
        bytes[12..32].fill(0);
        bytes[12..12 + mechanism.len()].copy_from_slice(mechanism);
        bytes.extend_from_slice(command);
        bytes
    }

    const READY: &[u8] = b"\x04\x29\x05READY\x0bSocket-Type\0\0\0\x06ROUTER\x08Identity\0\0\0\0";

    fn socket(mechanism: &str, kind: Option<&str>) -> Speaker {
        Speaker::Socket { mechanism: mechanism.to_owned(), kind: kind.map(str::to_owned) }
    }

    #[test]
    fn a_sockets_first_words_tell_what_it_is() {
        let check = |bytes: &[u8], expected| assert_eq!(read(bytes), expected, "{bytes:?}");
        check(&hello(b"NULL", READY), socket("NULL", Some("ROUTER")));
        let mut long = vec![COMMAND | LONG, 0, 0, 0, 0, 0, 0, 0, 0x29];
        long.extend_from_slice(&READY[2..]);
        check(&hello(b"NULL", &long), socket("NULL", Some("ROUTER")));
        check(&hello(b"CURVE", b""), socket("CURVE", None));
        check(&hello(b"PLAIN", b""), socket("PLAIN", None));
        // The command ERROR, a message, a command without end, a property that is cut off.
        check(&hello(b"NULL", b"\x04\x08\x05ERROR\x01x"), socket("NULL", None));
        check(&hello(b"NULL", b"\x00\x01x"), socket("NULL", None));
        check(&hello(b"NULL", b"\x06\xff\xff\xff\xff\xff\xff\xff\xff"), socket("NULL", None));
        check(&hello(b"NULL", b"\x04\x09\x05READY\x0bSo"), socket("NULL", None));
        check(b"\xff\0\0\0\0\0\0\0\x01\x7f\x01\x04\0\0", socket("NULL", Some("REP")));
        check(b"\xff\0\0\0\0\0\0\0\x01\x7f\x01\x63\0\0", socket("NULL", None));
        check(b"SSH-2.0-OpenSSH_9.2\r\n", Speaker::Stranger);
        check(b"\xff\xfb\x01\xff\xfb\x03\xff\xfb\x00\x20", Speaker::Stranger);
    }

    #[test]
    fn whatever_is_cut_off_is_waited_for_and_nothing_panics() {
        let whole = hello(b"NULL", READY);
        for cut in 0..whole.len() {
            assert_eq!(read(&whole[..cut]), Speaker::Unknown, "{cut}");
            for bit in 0..8 {
                let mut flipped = whole.clone();
                flipped[cut] ^= 1 << bit;
                read(&flipped);
            }
        }
    }
}
