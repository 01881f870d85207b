use picket_common::time::SystemClock;

use super::*;

/// 16 x 16 pixels.
const FRAME_BYTES: usize = 384;

fn live(script: &str, width: u32) -> Result<Live, SourceError> {
    let program: Vec<String> = ["sh", "-c", script].map(Into::into).into();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Live::raw(&program, Resolution { width, height: 16 }, Limits::patient(None), &clock, &Shutdown::new())
}

#[test]
fn a_programs_bytes_are_frames_as_they_come() {
    let script = "for n in a b c; do head -c 384 /dev/zero | tr '\\0' $n; done; sleep 1000";
    let mut camera = live(script, 16).unwrap();
    for (index, letter) in [(0, b'a'), (1, b'b'), (2, b'c')] {
        let frame = camera.next().unwrap();
        let bytes = vec![letter; FRAME_BYTES];
        assert_eq!((frame.index, &*frame.picture), (index, &Picture::Yuv420 { bytes, width: 16, height: 16 }));
    }
}

#[test]
fn a_camera_that_stops_is_lost_and_says_how() {
    let check = |script: &str, frames: usize, expected: &str| {
        let mut camera = live(script, 16).unwrap();
        for _ in 0..frames {
            camera.next().unwrap();
        }
        camera.video.limit = Duration::from_millis(300);
        assert_eq!(camera.next(), Err(SourceError::Lost(expected.into())), "{script}");
    };
    let frame = |rest: &str| format!("head -c 384 /dev/zero; {rest}");
    check(&frame("sleep 1000"), 1, "sh gave no whole frame for 0.3 s");
    check(&frame("printf x; echo hm >&2; sleep 1000"), 1, "sh gave no whole frame for 0.3 s: hm");
    check(&frame("echo oh no >&2; exit 3"), 1, "sh ended (exit status: 3): oh no");
    check(&frame("exit 0"), 1, "sh ended (exit status: 0)");
    check(&frame("head -c 100 /dev/zero"), 1, "sh ended (exit status: 0); its last frame broke off (100 of 384 bytes)");
    check(&frame("kill -9 $$"), 1, "sh ended (signal: 9 (SIGKILL))");
    check("exit 0", 0, "sh ended (exit status: 0)");
}

#[test]
fn a_program_that_tells_nonsense_is_not_believed() {
    let check = |script: &str, expected: &str| {
        let argv = ["sh", "-c", script].map(Into::into).into();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let program = Program { argv, ..Program::default() };
        let camera = Live::framed(&program, Limits::patient(None), &clock, &Shutdown::new());
        let error = camera.and_then(|mut camera| camera.next()).err();
        assert_eq!(error, Some(SourceError::Lost(expected.into())), "{script}");
    };
    check("echo hello", "sh wrote no header that is understood: \"hello\\n\"");
    check("exit 1", "sh ended (exit status: 1)");
    check(
        "echo YUV4MPEG2 W999999 H2 F1:1",
        "resolution 999999x2: both sides must be even, and 16 to 8192 pixels; try 8192x16",
    );
    check("echo YUV4MPEG2 W16 H16 F1:1; echo NOISE; sleep 1000", "sh wrote something other than frames");
    let broken = "sh ended (exit status: 0); its last frame broke off (0 of 384 bytes)";
    check("echo YUV4MPEG2 W16 H16 F1:1; echo FRAME", broken);
}

#[test]
fn odd_sides_are_refused() {
    let error = live("exit 0", 17).err().unwrap().to_string();
    assert_eq!(error, "resolution 17x16: both sides must be even, and 16 to 8192 pixels; try 16x16");
}

#[test]
fn a_camera_of_which_few_frames_are_asked_for_is_waited_for() {
    let check = |rate: Option<f64>, first: u64, next: u64| {
        let Limits { first: is_first, next: is_next } = Limits::patient(rate.map(Framerate));
        assert_eq!((is_first.as_secs(), is_next.as_secs()), (first, next), "{rate:?}");
    };
    check(None, 30, 10);
    check(Some(25.0), 30, 10);
    check(Some(0.25), 30, 20);
    check(Some(0.02), 250, 250);
}
