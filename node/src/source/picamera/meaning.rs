//! What rpicam-vid and libcamera say when something is wrong, in words that a user can act on. The lines themselves
//! are in the log, at debug.

/// What is said, and what to do about it; of several that are said the first here counts, because the others follow
/// from it. The left ones are parts of messages in rpicam-apps' core/ and apps/, and libcamera's pipeline/rpi.
const TABLE: [(&[&str], &str); 12] = [
    (
        &["legacy camera stack"],
        "the legacy camera stack is switched on; switch it off with `sudo raspi-config` (Interface Options, Legacy \
         Camera), and reboot",
    ),
    (&["only supports the Raspberry Pi platforms"], "this machine is no Raspberry Pi; for a webcam write `kind: v4l2`"),
    (
        &["Could not open any dma", "Permission denied"],
        "this user may not use the camera; `sudo usermod -aG video USER` puts it into the group `video`, from its next \
         login on",
    ),
    (
        &["open tuning file", "tuning data file", "Tuning data file target", "not found for IPA module"],
        "the tuning file cannot be used; is the path in `tuning_file` right, and is it one for this sensor and board \
         (in a folder vc4 up to the Pi 4, in pisp from the Pi 5 on)?",
    ),
    (
        &["dmaHeap allocation failure", "ailed to allocate", "Cannot allocate memory"],
        "there is too little memory for the camera's pictures; write a smaller `resolution`, or `buffer_count: 4`, or \
         reserve more for the camera with `dtoverlay=vc4-kms-v3d,cma-256` in /boot/firmware/config.txt",
    ),
    (
        &["in use by another process", "failed to acquire camera", "Device or resource busy"],
        "another program has the camera; `sudo fuser -v /dev/media* /dev/video*` shows which, end it",
    ),
    (
        &["selected camera is not available"],
        "there is no camera of this number; `rpicam-hello --list-cameras` shows which there are",
    ),
    (
        &["Remote I/O error", "Input/output error", "Connection timed out"],
        "the camera does not answer on its cable; with the power off, reseat the cable at both ends, or try another",
    ),
    (
        &["no cameras available", "camera manager failed to start"],
        "no camera is found; with the power off, reseat its cable at both ends (is it one for this board? a Pi 5 and a \
         Zero have narrower sockets); and is `camera_auto_detect=1` in /boot/firmware/config.txt?",
    ),
    (
        &["frontend has timed out", "Device timeout detected", "Dequeue timer"],
        "the camera stopped giving pictures; check its cable (loose, long or damaged ones do this) and the power supply",
    ),
    (
        &["failed to configure streams", "failed to valid stream", "failed to generate", "failed to start camera"],
        "the camera cannot be set up like this; compare `resolution`, `mode` and `framerate` with what \
         `rpicam-hello --list-cameras` shows",
    ),
    (
        &["failed to import fd"],
        "this user may not use the camera's memory; `sudo usermod -aG video USER` puts it into the group `video`",
    ),
];

/// What these lines mean: the trouble they tell of, and else the last error as it was said; empty if there is none.
pub(super) fn of(said: &[String]) -> String {
    if let Some(option) = said.iter().rev().find_map(|line| unknown_option(line)) {
        return format!(
            "it does not know {option}; leave the key of that name out, or update it: `sudo apt-get update && sudo \
             apt-get install --only-upgrade rpicam-apps-lite`"
        );
    }
    let is_said = |parts: &[&str]| said.iter().any(|line| parts.iter().any(|part| line.contains(part)));
    if let Some((_, meaning)) = TABLE.iter().find(|(parts, _)| is_said(parts)) {
        return (*meaning).to_owned();
    }
    said.iter().rev().find_map(|line| error(line)).unwrap_or_default()
}

/// `ERROR: *** unrecognised option '--hdr' ***`, as boost's program_options has it.
fn unknown_option(line: &str) -> Option<&str> {
    let (_, option) = line.split_once("unrecognised option '")?;
    Some(option.split(['\'', '=']).next().unwrap_or(option))
}

/// `ERROR: *** ... ***` without its ornaments, or a line of libcamera's of that rank without what stands before.
fn error(line: &str) -> Option<String> {
    let (_, error) = line.split_once("ERROR")?;
    let error = error.trim_start_matches(':').trim().trim_matches('*').trim();
    (!error.is_empty()).then(|| error.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_told_in_words_that_help() {
        let check = |said: &str, expected: &str| {
            let lines: Vec<String> = said.lines().map(str::to_owned).collect();
            let meaning = of(&lines);
            assert!(meaning.starts_with(expected), "{said}\nbecame: {meaning}");
            assert!(!expected.is_empty() || meaning.is_empty(), "{said}\nbecame: {meaning}");
        };
        check("ERROR: *** no cameras available ***", "no camera is found");
        check(
            "Could not open any dmaHeap device\n[0:1] [7] ERROR RPI vc4.cpp:209 Failed to register camera ov5647: -12\n\
             ERROR: *** no cameras available ***",
            "this user may not use the camera",
        );
        check(
            "[1:7] [8]  WARN RPiController controller.cpp:91 Failed to open tuning file '/tmp/x'\n\
             [1:7] [8] ERROR RPI vc4.cpp:216 Failed to register camera imx708: -22\n\
             ERROR: *** no cameras available ***",
            "the tuning file cannot be used",
        );
        check(
            "[0:19] [2746]  INFO Camera camera.cpp:839 Pipeline handler in use by another process\n\
             ERROR: *** failed to acquire camera /base/soc/i2c0mux/i2c@1/ov5647@36 ***",
            "another program has the camera",
        );
        check(
            "[0:52] [982] ERROR V4L2 v4l2_videodevice.cpp:1047 /dev/video0[13:cap]: Unable to set format: Device or \
             resource busy\nERROR: *** failed to configure streams ***",
            "another program has the camera",
        );
        check(
            "dmaHeap allocation failure for rpicam-apps0\nERROR: *** failed to allocate capture buffers for stream ***",
            "there is too little memory",
        );
        check(
            "[1:2] [4] ERROR V4L2 v4l2_videodevice.cpp:1241 /dev/video0[12:cap]: Unable to request 1 buffers: Cannot \
             allocate memory\nERROR: *** failed to start camera ***",
            "there is too little memory",
        );
        check("ERROR: the system appears to be configured for the legacy camera stack", "the legacy camera stack");
        check("ERROR: rpicam-apps currently only supports the Raspberry Pi platforms.", "this machine is no Raspberry");
        check("ERROR: *** selected camera is not available ***", "there is no camera of this number");
        check(
            "[5:0] [24]  WARN V4L2 v4l2_videodevice.cpp:2007 /dev/video0[14:cap]: Dequeue timer of 1000000.00us has \
             expired!\n[5:0] [24] ERROR RPI pipeline_base.cpp:1424 Camera frontend has timed out!\n\
             [5:0] [24] ERROR RPI pipeline_base.cpp:1425 Please check that your camera sensor connector is attached \
             securely.\nERROR: Device timeout detected, attempting a restart!!!",
            "the camera stopped giving pictures",
        );
        check("[1] [2] ERROR V4L2 v4l2_device.cpp:3 Unable to set controls: Remote I/O error", "the camera does not");
        check("ERROR: *** failed to valid stream configurations ***", "the camera cannot be set up like this");
        check("ERROR: *** unrecognised option '--hdr=auto' ***", "it does not know --hdr; leave the key");
        // What is not known is repeated; chatter is not.
        check("INFO Camera hello\nERROR: *** something new ***", "something new");
        check("[1:2] [3] ERROR RPI vc4.cpp:9 strange\n[1:2] [3]  INFO RPI bye", "RPI vc4.cpp:9 strange");
        check(
            "[0:05:12.1] [990]  INFO Camera camera_manager.cpp:340 libcamera v0.6.0\nStream configuration adjusted",
            "",
        );
        check("", "");
    }
}
