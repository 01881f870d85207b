use picket_common::log::sim::Dice;

use super::*;

const PROGRESSIVE: &[u8] = include_bytes!("../../../../common/src/jpeg/testdata/colour-422-progressive.jpg");
const CMYK: &[u8] = include_bytes!("../../../../common/src/jpeg/testdata/cmyk.jpg");

/// A picture with some detail, so that every table is used.
fn colour(width: u32, height: u32, quality: u8) -> Vec<u8> {
    let noise = |i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8;
    let bgr: Vec<u8> = (0..width * height * 3).map(|i| (i / 3 % width * 3) as u8 ^ (noise(i) / 4)).collect();
    jpeg::encode_bgr(&bgr, width, height, quality).unwrap()
}

fn grey() -> Vec<u8> {
    jpeg::encode_gray(&(0..63 * 47).map(|i| (i % 251) as u8).collect::<Vec<_>>(), 63, 47, 80).unwrap()
}

/// The file without its Huffman tables, as AVI's MJPEG has it.
fn without_tables(file: &[u8]) -> Vec<u8> {
    let (mut rest, mut at) = (file[..2].to_vec(), 2);
    while file[at + 1] != 0xda {
        let end = at + 2 + usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
        if file[at + 1] != 0xc4 {
            rest.extend(&file[at..end]);
        }
        at = end;
    }
    rest.extend(&file[at..]);
    rest
}

#[test]
fn a_sound_file_is_left_alone_and_not_even_copied() {
    for file in [colour(64, 48, 90), grey(), PROGRESSIVE.to_vec(), CMYK.to_vec()] {
        let mended = mend(&file).unwrap();
        assert!(matches!(&mended, Cow::Borrowed(same) if same.as_ptr() == file.as_ptr()));
        assert_eq!(*mended, *file);
        let place = file.as_ptr();
        let Picture::Jpeg { bytes, .. } = picture(file).unwrap() else { panic!() };
        assert_eq!(bytes.as_ptr(), place);
    }
}

#[test]
fn what_a_camera_leaves_out_or_puts_too_much_is_mended_to_the_very_file_it_should_be() {
    let file = colour(64, 48, 90);
    let check = |broken: &[u8]| assert!(*mend(broken).unwrap() == *file, "{} bytes", broken.len());
    let bare = without_tables(&file);
    assert!(bare.len() < file.len() - 400);
    check(&bare);
    check(&[&bare, "\0\0\0".as_bytes()].concat());
    check(&bare[..bare.len() - 2]);
    check(&file[..file.len() - 2]);
    check(&file[..file.len() - 1]);
    check(&[&file, "\0\0\0\0".as_bytes()].concat());
    check(&[&file[..], &file[300..]].concat()); // a buffer with the rest of the last, longer picture
    check(&[b"\r\n\xff\xd8junk", &file[..]].concat());
}

#[test]
fn tables_are_not_put_where_they_do_not_belong() {
    let grey = grey();
    let mended = mend(&without_tables(&grey)).unwrap().into_owned();
    assert_eq!(jpeg::decode_bgr(&mended), jpeg::decode_bgr(&grey));
    // A progressive file has tables of its own, or is broken.
    assert_eq!(*mend(&without_tables(PROGRESSIVE)).unwrap(), *without_tables(PROGRESSIVE));
}

#[test]
fn a_picture_cut_short_stays_an_error_wherever_it_was_cut() {
    for file in [colour(64, 48, 90), without_tables(&colour(40, 40, 50)), grey(), CMYK.to_vec()] {
        let whole = jpeg::decode_bgr(&mend(&file).unwrap()).unwrap();
        for end in 0..file.len() {
            match mend(&file[..end]) {
                Ok(mended) => {
                    assert!(end + 2 >= file.len(), "{end} of {}", file.len());
                    assert_eq!(jpeg::decode_bgr(&mended).unwrap(), whole);
                }
                Err(error) => assert!(matches!(error, Error::CutShort | Error::NotJpeg(_)), "{end}: {error}"),
            }
        }
    }
}

#[test]
fn what_is_no_picture_is_said_to_be_none() {
    let check = |bytes: &[u8], expected: &str| {
        assert_eq!(mend(bytes).unwrap_err().to_string(), format!("this is not a JPEG picture ({expected})"));
    };
    check(b"", "it has no start of image");
    check(b"<html>", "it has no start of image");
    check(b"\xff\xd8\xff\xd9", "there is no picture in it");
    check(b"\xff\xd8\xff\xda\x00\x02\xff\xd9", "there is no picture in it");
    check(b"\xff\xd8\xff\xc0\x00\x00\xff\xd9", "at byte 2 there is something else");
    let two = [&grey()[..600], &grey()].concat();
    assert_eq!(mend(&two), Err(Error::CutShort));
}

#[test]
fn hostile_bytes_never_panic() {
    let file = colour(32, 32, 80);
    let mut dice = Dice(1);
    for _ in 0..3_000 {
        let mut broken = file.clone();
        for _ in 0..1 + dice.place(4) {
            let at = dice.place(broken.len());
            broken[at] = if dice.roll(2) == 0 { 0xff } else { dice.next() as u8 };
        }
        broken.truncate(dice.place(broken.len() * 2));
        let _ = mend(&broken);
        let noise: Vec<u8> =
            (0..dice.roll(64)).map(|_| [0xff, 0xd8, 0xda, 0xc0, 0, 2, 0xc4, 0xd9][dice.place(8)]).collect();
        let _ = mend(&[b"\xff\xd8".as_slice(), &noise].concat());
    }
}
