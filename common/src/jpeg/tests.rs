use super::*;

const COLOUR: &[u8] = include_bytes!("testdata/colour-420.jpg");
const PROGRESSIVE: &[u8] = include_bytes!("testdata/colour-422-progressive.jpg");
const GREY: &[u8] = include_bytes!("testdata/grey.jpg");
const CMYK: &[u8] = include_bytes!("testdata/cmyk.jpg");

/// A soft slope with an edge in it.
fn slope(width: usize, height: usize, bytes_a_pixel: usize) -> Vec<u8> {
    (0..width * height * bytes_a_pixel)
        .map(|i| {
            let (x, y) = (i / bytes_a_pixel % width, i / bytes_a_pixel / width);
            let edge = if x > width / 2 { 60 } else { 0 };
            (x * 90 / width + y * 90 / height + edge + i % bytes_a_pixel * 5) as u8
        })
        .collect()
}

fn greatest_difference(a: &[u8], b: &[u8]) -> u8 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}

/// The sums are those of the pixels from Python's `cv2.imdecode(bytes, cv2.IMREAD_COLOR)`.
#[test]
fn decodes_to_the_very_pixels_of_opencv() {
    let check = |bytes: &[u8], sum: u32| {
        let image = decode_bgr(bytes).unwrap();
        assert_eq!((image.width, image.height), (37, 23));
        assert_eq!(crc32fast::hash(&image.bytes), sum);
    };
    check(COLOUR, 0x14d9_74a1);
    check(PROGRESSIVE, 0xc485_d6cb);
    check(GREY, 0x712a_1316);
    check(CMYK, 0x7bc3_1cc0);
}

#[test]
fn a_picture_survives_coding_nearly_unchanged() {
    let bgr = slope(64, 48, 3);
    let back = decode_bgr(&encode_bgr(&bgr, 64, 48, 95).unwrap()).unwrap();
    assert!(greatest_difference(&bgr, &back.bytes) < 16);

    let grey = slope(63, 47, 1);
    let back = decode_bgr(&encode_gray(&grey, 63, 47, 95).unwrap()).unwrap();
    let back: Vec<u8> = back.bytes.chunks(3).map(|pixel| pixel[0]).collect();
    assert!(greatest_difference(&grey, &back) < 16);
}

#[test]
fn yuv_samples_are_taken_as_they_are_and_in_full_range() {
    let (black, white, red) = ([0, 128, 128], [255, 128, 128], [76, 85, 255]);
    for ([y, u, v], expected) in [(black, [0, 0, 0]), (white, [255, 255, 255]), (red, [0, 0, 255])] {
        let mut bytes = vec![y; 34 * 18];
        bytes.extend(vec![u; 17 * 9]);
        bytes.extend(vec![v; 17 * 9]);
        let jpeg = encode_yuv420(&bytes, 34, 18, 95).unwrap();
        assert_eq!(size(&jpeg).unwrap(), (34, 18));
        let pixels = decode_bgr(&jpeg).unwrap().bytes;
        assert!(pixels.chunks(3).all(|pixel| greatest_difference(pixel, &expected) <= 2));
    }
}

#[test]
fn what_is_cut_short_is_said_to_be_and_a_lost_end_marker_forgiven() {
    let whole = decode_bgr(COLOUR).unwrap();
    assert_eq!(decode_bgr(&COLOUR[..COLOUR.len() - 2]), Ok(whole.clone()), "no end marker");
    assert_eq!(decode_bgr(&COLOUR[..COLOUR.len() - 1]), Ok(whole), "half an end marker");
    let start_of_scan = COLOUR.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    for len in 0..COLOUR.len() - 4 {
        match decode_bgr(&COLOUR[..len]) {
            Err(Error::CutShort) if len > start_of_scan + 14 => {}
            Err(_) if len <= start_of_scan + 14 => {}
            other => panic!("cut to {len} bytes: {other:?}"),
        }
    }
    assert_eq!(size(&COLOUR[..start_of_scan + 14]), Ok((37, 23)));
}

#[test]
fn spare_bytes_before_the_end_marker_are_passed_over() {
    let end = COLOUR.len() - 2;
    let padded = [&COLOUR[..end], &[0, 1, 2, 3], &COLOUR[end..]].concat();
    assert_eq!(decode_bgr(&padded), decode_bgr(COLOUR));
}

#[test]
fn damage_is_an_error_or_a_picture_but_never_worse() {
    for place in 0..COLOUR.len() {
        for value in [0x00, 0x5a, 0xff] {
            let mut bytes = COLOUR.to_vec();
            bytes[place] = value;
            if let Ok(image) = decode_bgr(&bytes) {
                assert_eq!(image.bytes.len(), image.width as usize * image.height as usize * 3);
            }
        }
    }
}

#[test]
fn a_small_file_cannot_ask_for_much_memory() {
    let start_of_frame = COLOUR.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    let mut bomb = COLOUR.to_vec();
    bomb[start_of_frame + 5..start_of_frame + 9].copy_from_slice(&[0xff, 0x00, 0xff, 0x00]);
    assert_eq!(size(&bomb), Err(Error::Size { width: 65_280, height: 65_280 }));
    assert_eq!(decode_bgr(&bomb), Err(Error::Size { width: 65_280, height: 65_280 }));
    bomb[start_of_frame + 5..start_of_frame + 9].copy_from_slice(&[0xff; 4]);
    assert!(decode_bgr(&bomb).is_err());
}

#[test]
fn errors_say_what_is_wrong() {
    let check = |error: Error, expected: &str| assert_eq!(error.to_string(), expected);
    check(size(b"GIF89a").unwrap_err(), "this is not a JPEG picture (Not a JPEG file: starts with 0x47 0x49)");
    check(encode_bgr(&[0; 10], 4, 2, 90).unwrap_err(), "10 bytes are not a picture of 4x2 pixels in BGR, which has 24");
    check(encode_gray(&[0; 4], 2, 2, 0).unwrap_err(), "JPEG quality 0 is not between 1 and 100");
    check(encode_yuv420(&[0; 9], 3, 2, 90).unwrap_err(), "a YUV 4:2:0 picture of 3x2 pixels: both sides must be even");
    check(
        encode_gray(&[], 0, 7, 90).unwrap_err(),
        "a picture of 0x7 pixels cannot be handled: each side may have 1 to 65500 pixels, and both together 67108864",
    );
}

#[test]
fn a_thumbnail_is_as_many_eighths_as_give_it_enough_pixels() {
    let check = |(width, height): (u32, u32), expected: (u32, u32)| {
        let picture = encode_gray(&slope(width as usize, height as usize, 1), width, height, 90).unwrap();
        assert_eq!(size(&thumbnail(&picture).unwrap()), Ok(expected), "{width}x{height}");
    };
    check((1920, 1080), (240, 135));
    check((1080, 1920), (135, 240));
    check((640, 480), (240, 180));
    check((333, 7), (250, 6));
    check((16, 9), (16, 9));
    for picture in [COLOUR, PROGRESSIVE, GREY, CMYK] {
        let (whole, small) = (decode_bgr(picture).unwrap(), decode_bgr(&thumbnail(picture).unwrap()).unwrap());
        let mean = |bgr: &Bgr| bgr.bytes.iter().map(|byte| f64::from(*byte)).sum::<f64>() / bgr.bytes.len() as f64;
        assert!((mean(&whole) - mean(&small)).abs() < 3.0, "it is as bright as the picture");
    }
    assert!(thumbnail(&COLOUR[..COLOUR.len() / 2]).is_err(), "a picture that is cut short has none");
}
