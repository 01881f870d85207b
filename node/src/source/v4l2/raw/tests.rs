use super::*;

const WIDTH: usize = 4;

fn layout(form: Form, stride: u32, is_full: bool) -> Layout {
    Layout { form, width: WIDTH as u32, height: 2, stride, is_full }
}

/// A full-range picture of 4 x 2 pixels, as it should come out.
const PICTURE: [u8; 12] = [10, 20, 30, 40, 50, 60, 70, 80, 100, 110, 200, 210];

#[test]
fn every_form_gives_the_same_picture() {
    let check = |form, buffer: &[u8]| {
        assert_eq!(layout(form, 0, true).picture(buffer).as_deref(), Some(&PICTURE[..]), "{form}");
    };
    check(Form::Yuyv, &[10, 100, 20, 200, 30, 110, 40, 210, 50, 100, 60, 200, 70, 110, 80, 210]);
    check(Form::Uyvy, &[100, 10, 200, 20, 110, 30, 210, 40, 100, 50, 200, 60, 110, 70, 210, 80]);
    check(Form::Nv12, &[10, 20, 30, 40, 50, 60, 70, 80, 100, 200, 110, 210]);
    check(Form::Yu12, &PICTURE);
    check(Form::Yv12, &[10, 20, 30, 40, 50, 60, 70, 80, 200, 210, 100, 110]);
    let grey = layout(Form::Grey, 0, true).picture(&PICTURE[..8]).unwrap();
    assert_eq!(grey, [&PICTURE[..8], &[128; 4]].concat());
}

/// The rows of each plane, with `gap` bytes of something else behind each but the last.
fn padded(rows: &[&[u8]], gap: usize) -> Vec<u8> {
    rows.join(&vec![255; gap][..])
}

#[test]
fn gaps_behind_rows_are_left_out_and_the_last_row_may_have_none() {
    let check = |form, stride, buffer: &[u8]| {
        assert_eq!(layout(form, stride, true).picture(buffer).as_deref(), Some(&PICTURE[..]), "{form}");
    };
    let p = &PICTURE;
    let yuyv: [&[u8]; 2] = [&[10, 100, 20, 200, 30, 110, 40, 210], &[50, 100, 60, 200, 70, 110, 80, 210]];
    check(Form::Yuyv, 13, &padded(&yuyv, 5));
    check(Form::Nv12, 6, &padded(&[&p[..4], &p[4..8], &[100, 200, 110, 210]], 2));
    // Rows of the colour planes are half as long, gaps too.
    let colours = [&p[8..10], &[9; 2], &p[10..]].concat();
    check(Form::Yu12, 8, &[&padded(&[&p[..4], &p[4..8], &[]], 4), &colours[..]].concat());
}

#[test]
fn a_buffer_that_is_too_short_gives_nothing() {
    for form in [Form::Yuyv, Form::Uyvy, Form::Nv12, Form::Yu12, Form::Yv12, Form::Grey] {
        let whole = match form {
            Form::Yuyv | Form::Uyvy => 16,
            Form::Grey => 8,
            _ => 12,
        };
        let picture = |len| layout(form, 0, false).picture(&vec![16; len]);
        assert!(picture(whole).is_some(), "{form}");
        assert_eq!(picture(whole - 1), None, "{form}");
        assert_eq!(picture(0), None, "{form}");
    }
    assert_eq!(layout(Form::Mjpeg, 0, true).picture(&PICTURE), None);
}

#[test]
fn colours_of_two_rows_are_their_mean() {
    let rows = [[16, 100, 16, 101, 16, 0, 16, 255], [16, 102, 16, 104, 16, 1, 16, 255]].concat();
    let picture = layout(Form::Yuyv, 0, true).picture(&rows).unwrap();
    assert_eq!(picture[8..], [101, 1, 103, 255]);
}

#[test]
fn limited_range_is_stretched_to_full_within_a_step_of_the_exact_value() {
    let exact = |value: u8, zero: f64, scale: f64, to: f64| {
        ((f64::from(value) - zero) * 255.0 / scale + to).round().clamp(0.0, 255.0)
    };
    for value in 0..=255 {
        let luma = f64::from(full_luma(value)) - exact(value, 16.0, 219.0, 0.0);
        let colour = f64::from(full_colour(value)) - exact(value, 128.0, 224.0, 128.0);
        assert!(luma.abs() <= 1.0 && colour.abs() <= 1.0, "{value}: {luma} {colour}");
    }
    let check = |f: fn(u8) -> u8, cases: &[(u8, u8)]| {
        cases.iter().for_each(|&(limited, full)| assert_eq!(f(limited), full, "{limited}"));
    };
    check(full_luma, &[(0, 0), (16, 0), (235, 255), (255, 255), (126, 128)]);
    check(full_colour, &[(0, 0), (16, 1), (128, 128), (240, 255), (255, 255)]);
    let white = [235, 128].repeat(8);
    assert_eq!(layout(Form::Yuyv, 0, false).picture(&white).unwrap(), [vec![255; 8], vec![128; 4]].concat());
}
