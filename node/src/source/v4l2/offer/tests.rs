use super::*;

fn fixed(sizes: &[(u32, u32)]) -> Vec<Sizes> {
    sizes.iter().map(|&(width, height)| Sizes::One { width, height }).collect()
}

/// As a common webcam has it: large pictures only as MJPEG.
fn webcam() -> Vec<Offer> {
    vec![
        Offer { fourcc: *b"YUYV", sizes: fixed(&[(640, 480), (320, 240), (800, 600)]) },
        Offer { fourcc: *b"MJPG", sizes: fixed(&[(640, 480), (1280, 720), (1920, 1080)]) },
        Offer { fourcc: *b"H264", sizes: fixed(&[(2560, 1440)]) },
    ]
}

fn range(form: &[u8; 4]) -> Vec<Offer> {
    vec![Offer { fourcc: *form, sizes: vec![Sizes::Range { least: (2, 1), most: (8192, 4320), step: (2, 4) }] }]
}

fn chosen(offers: &[Offer], wish: V4l2Format, resolution: &str) -> String {
    let resolution = (!resolution.is_empty()).then(|| resolution.parse().unwrap());
    match choose(offers, wish, resolution) {
        Ok(choice) => format!("{} {}x{}", choice.form, choice.width, choice.height),
        Err(why) => why,
    }
}

#[test]
fn the_best_form_that_has_the_size_is_taken() {
    let check = |wish, resolution, expected: &str| assert_eq!(chosen(&webcam(), wish, resolution), expected);
    check(V4l2Format::Auto, "", "mjpeg 1280x720");
    check(V4l2Format::Auto, "640x480", "mjpeg 640x480");
    check(V4l2Format::Auto, "800x600", "yuyv 800x600");
    check(V4l2Format::Yuyv, "", "yuyv 800x600");
    check(V4l2Format::Yuyv, "320x240", "yuyv 320x240");
    check(V4l2Format::Mjpeg, "1920x1080", "mjpeg 1920x1080");
}

#[test]
fn what_a_camera_does_not_have_is_answered_with_what_it_has() {
    let check = |wish, resolution, expected: &str| assert_eq!(chosen(&webcam(), wish, resolution), expected);
    check(
        V4l2Format::Auto,
        "1024x768",
        "it has no resolution 1024x768; it has 640x480, 1280x720, 1920x1080 (mjpeg); 320x240, 640x480, 800x600 (yuyv)",
    );
    check(V4l2Format::Yuyv, "1280x720", "it has no resolution 1280x720; it has 320x240, 640x480, 800x600 (yuyv)");
    check(
        V4l2Format::Nv12,
        "",
        "it has no pictures as nv12; it has yuyv, mjpeg: write one of these, or `format: auto`",
    );
    assert_eq!(
        chosen(&[], V4l2Format::Auto, ""),
        "it gives no pictures (a webcam's second device never does, a loopback device only while it is fed)"
    );
    assert_eq!(
        chosen(&webcam()[2..], V4l2Format::Auto, ""),
        "it has pictures only as H264, which cannot be used; use `kind: command` with ffmpeg"
    );
}

#[test]
fn forms_of_equal_sizes_are_named_together() {
    let offer = |fourcc: &[u8; 4]| Offer { fourcc: *fourcc, sizes: fixed(&[(640, 480), (320, 240)]) };
    assert_eq!(
        chosen(&[offer(b"NV12"), offer(b"YUYV"), offer(b"H264")], V4l2Format::Auto, "800x600"),
        "it has no resolution 800x600; it has 320x240, 640x480 (yuyv, nv12)"
    );
}

#[test]
fn a_range_of_sizes_is_met_where_its_steps_allow() {
    let check =
        |resolution, expected: &str| assert_eq!(chosen(&range(b"NV12"), V4l2Format::Auto, resolution), expected);
    check("640x360", "it has no resolution 640x360; it has 2x1 to 8192x4320 (nv12)");
    let even =
        vec![Offer { fourcc: *b"NV12", sizes: vec![Sizes::Range { least: (2, 2), most: (640, 480), step: (2, 2) }] }];
    assert_eq!(chosen(&even, V4l2Format::Auto, "320x180"), "nv12 320x180");
    assert_eq!(chosen(&even, V4l2Format::Auto, ""), "nv12 640x480");
    // Rows from 1 on in steps of 4 are never even, which 4:2:0 cannot have; MJPEG can.
    assert!(chosen(&range(b"YUYV"), V4l2Format::Auto, "").starts_with("it has no resolution 1280x720"));
    assert_eq!(chosen(&range(b"MJPG"), V4l2Format::Auto, ""), "mjpeg 1280x717");
    // A driver's nonsense must not stop us with a division by zero or a range turned round.
    let odd = [Sizes::Range { least: (64, 64), most: (32, 32), step: (0, 0) }];
    assert_eq!(chosen(&[Offer { fourcc: *b"YU12", sizes: odd.to_vec() }], V4l2Format::Auto, ""), "yu12 64x64");
}

#[test]
fn a_driver_that_tells_no_sizes_is_asked_for_the_wanted_one() {
    let grabber = [Offer { fourcc: *b"UYVY", sizes: vec![] }];
    assert_eq!(chosen(&grabber, V4l2Format::Auto, ""), "uyvy 1280x720");
    assert_eq!(chosen(&grabber, V4l2Format::Auto, "720x576"), "uyvy 720x576");
}

#[test]
fn the_least_rate_that_is_enough_is_taken() {
    let one = |denominator| Interval { numerator: 1, denominator };
    let rates = |rates: &[u32]| -> Vec<Rates> {
        rates.iter().map(|&rate| Rates { slowest: one(rate), fastest: one(rate) }).collect()
    };
    let check = |offered: &[Rates], wanted: f64, expected: f64| {
        assert_eq!(choose_rate(offered, wanted).rate(), expected, "{wanted} of {offered:?}");
    };
    check(&rates(&[30, 25, 20, 15, 10, 5]), 10.0, 10.0);
    check(&rates(&[30, 15]), 10.0, 15.0);
    check(&rates(&[15, 30]), 2.0, 15.0);
    check(&rates(&[5, 8]), 10.0, 8.0);
    check(&[], 10.0, 10.0);
    check(&[], 0.5, 0.5);
    let ntsc = Interval { numerator: 1001, denominator: 30_000 };
    check(&[Rates { slowest: ntsc, fastest: ntsc }, rates(&[60])[0]], 30.0, ntsc.rate());
    let span = [Rates { slowest: one(5), fastest: one(60) }];
    check(&span, 10.0, 10.0);
    check(&span, 1.0, 5.0);
    check(&span, 100.0, 60.0);
    assert_eq!(Interval { numerator: 0, denominator: 0 }.rate(), 0.0);
}

#[test]
fn a_long_list_of_sizes_keeps_both_ends() {
    let sizes: Vec<(u32, u32)> = (1..=40).map(|n| (n * 16, 16)).collect();
    let text = listed(&fixed(&sizes));
    assert!(text.starts_with("16x16, 32x16"), "{text}");
    assert!(text.ends_with("640x16") && text.contains(", ..., "), "{text}");
    assert_eq!(text.split(", ").count(), 25);
}

#[test]
fn what_the_driver_made_of_the_choice_is_looked_at() {
    let choice = Choice { form: Form::Yuyv, fourcc: *b"YUYV", width: 1280, height: 720 };
    let check = |form, width, height, resolution: &str, expected: Result<(), &str>| {
        let resolution = (!resolution.is_empty()).then(|| resolution.parse().unwrap());
        let got = Layout { form, width, height, stride: 0, is_full: false };
        assert_eq!(accept(&choice, &got, resolution), expected.map_err(str::to_owned));
    };
    check(Form::Yuyv, 1280, 720, "1280x720", Ok(()));
    check(Form::Yuyv, 720, 576, "", Ok(()));
    check(
        Form::Yuyv,
        720,
        576,
        "1280x720",
        Err("the driver was asked for 1280x720 and gives 720x576; write `resolution: 720x576`"),
    );
    check(Form::Yuyv, 721, 576, "", Err("the driver was asked for yuyv and gives yuyv 721x576, which will not do"));
    check(Form::Yuyv, 0, 0, "", Err("the driver was asked for yuyv and gives yuyv 0x0, which will not do"));
    check(Form::Grey, 640, 480, "", Err("the driver was asked for yuyv and gives grey 640x480, which will not do"));
}
