//! What ffmpeg is told, so that it brings any video as full-range YUV 4:2:0. Only builds command lines;
//! runs nothing.

use std::ffi::OsString;
use std::path::Path;

use super::child::Program;
use super::login::{Login, login_in};
use super::{SourceError, check_even};
use crate::config::{Framerate, Resolution};

/// Microseconds for which ffmpeg itself waits for a network camera: less than we wait for ffmpeg, because
/// its message says more.
const NETWORK_PATIENCE_US: u64 = 8_000_000;

/// A recording.
pub(super) fn file(
    path: &Path,
    resolution: Option<Resolution>,
    framerate: Option<Framerate>,
) -> Result<Program, SourceError> {
    // Looked at and not opened: to open a pipe would wait for its writer.
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => {}
        Ok(_) => return Err(SourceError::Lost(format!("video {}: this is not a file", path.display()))),
        Err(error) => return Err(SourceError::Lost(format!("video {}: {error}", path.display()))),
    }
    // With the protocol named, no path is taken for an option or another protocol.
    let mut url = OsString::from("file:");
    url.push(path);
    Ok(Program { argv: argv(vec!["-i".into(), url], resolution, framerate)?, hint: HINT, ..Program::default() })
}

/// A network camera. Its address, which may hold a password, is handed to ffmpeg by its standard input, as
/// a playlist of one entry: so it is in nobody's list of processes.
/// Playlist: <https://ffmpeg.org/ffmpeg-formats.html#concat>.
pub(super) fn rtsp(
    url: &str,
    login: Option<&Login>,
    resolution: Option<Resolution>,
    framerate: Option<Framerate>,
) -> Result<Program, SourceError> {
    let is_rtsp = ["rtsp://", "rtsps://"].iter().any(|start| url.starts_with(start));
    if !is_rtsp || url.chars().any(|c| c.is_control() || c == ' ') {
        return Err(SourceError::Lost("url: it must begin with rtsp:// or rtsps://, and hold no spaces".into()));
    }
    let mut secrets = login_in(url);
    secrets.extend(login.into_iter().flat_map(Login::secrets));
    // The longest first, so that no part of it is left standing; an empty one would match everywhere.
    secrets.retain(|secret| !secret.is_empty());
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));

    let url = login.map_or_else(|| url.to_owned(), |login| login.put_into(url)).replace('\'', r"'\''");
    let playlist = format!(
        "ffconcat version 1.0\nfile '{url}'\noption rtsp_transport tcp\noption timeout {NETWORK_PATIENCE_US}\n"
    );
    let input = ["-f", "concat", "-safe", "0", "-protocol_whitelist", "pipe,rtsp,rtsps,rtp,udp,tcp,tls,crypto"];
    let input = input.iter().chain(&["-i", "pipe:0"]).map(OsString::from).collect();
    Ok(Program {
        argv: argv(input, resolution, framerate)?,
        input: Some(playlist),
        secrets,
        hint: HINT,
        ..Program::default()
    })
}

const HINT: &str = "`sudo apt-get install ffmpeg` brings it";

/// Every frame once (unless a rate is asked for), even sides, full range, told before each frame.
fn argv(
    input: Vec<OsString>,
    resolution: Option<Resolution>,
    framerate: Option<Framerate>,
) -> Result<Vec<OsString>, SourceError> {
    let mut filters = vec![];
    if let Some(Framerate(rate)) = framerate {
        filters.push(format!("fps={rate}"));
    }
    // YUV 4:2:0 needs even sides: the last row or column goes.
    filters.push("crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0".into());
    // Limited range is stretched here, once; full range (of an MJPEG camera) passes.
    filters.push(match resolution.map(check_even).transpose()? {
        Some((width, height)) => format!("scale={width}:{height}:out_range=full"),
        None => "scale=out_range=full".into(),
    });
    filters.push("format=yuv420p".into());

    let mut argv: Vec<OsString> = ["ffmpeg", "-hide_banner", "-loglevel", "error"].map(Into::into).into();
    argv.extend(input);
    argv.extend(["-map", "0:V:0", "-vf"].map(Into::into));
    argv.push(filters.join(",").into());
    argv.extend(["-fps_mode", "passthrough", "-f", "yuv4mpegpipe", "-strict", "-1", "pipe:1"].map(Into::into));
    Ok(argv)
}
