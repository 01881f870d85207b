use super::*;

/// A plane drawn with `#` for 255.
fn plane(rows: &[&str]) -> Plane<u8> {
    let values: Vec<u8> = rows.concat().bytes().map(|c| if c == b'#' { 255 } else { 0 }).collect();
    let height = rows.len() as u32;
    Plane { width: values.len() as u32 / height, height, values }
}

fn bgr(width: u32, height: u32, bytes: &[u8]) -> Bgr {
    Bgr { bytes: bytes.to_vec(), width, height }
}

#[test]
fn spots_grow_on_every_side() {
    let mut out = Plane::default();
    dilate(&plane(&[".......", ".......", ".......", "...#...", ".......", ".......", "......."]), 2, &mut out)
        .unwrap();
    assert_eq!(out, plane(&[".......", ".#####.", ".#####.", ".#####.", ".#####.", ".#####.", "......."]));
    dilate(&plane(&["#....", ".....", "....."]), 1, &mut out).unwrap();
    assert_eq!(out, plane(&["##...", "##...", "....."]));
}

#[test]
fn an_outline_has_the_area_between_pixel_centres() {
    let check = |rows: &[&str], expected: &[(f64, [u32; 4])]| {
        let mut found: Vec<_> = outlines(&plane(rows)).unwrap();
        found.sort_by_key(|outline| (outline.bounds.y, outline.bounds.x));
        let expected: Vec<_> = expected
            .iter()
            .map(|(area, [x, y, width, height])| {
                let bounds = Rect { x: *x, y: *y, width: *width, height: *height };
                Outline { area: *area, bounds }
            })
            .collect();
        assert_eq!(found, expected, "{rows:?}");
    };
    check(&["....", "...."], &[]);
    check(&["#"], &[(0.0, [0, 0, 1, 1])]);
    check(&["###.", "###.", "...#"], &[(2.0, [0, 0, 4, 3])]);
    check(&["####", "#..#", "####"], &[(6.0, [0, 0, 4, 3])]); // what it encloses counts
    check(&["##..##", "##..##", "......"], &[(1.0, [0, 0, 2, 2]), (1.0, [4, 0, 2, 2])]);
}

#[test]
fn the_average_takes_a_share_of_each_plane_and_rounds_halves_to_even() {
    let mut average = Plane { width: 3, height: 1, values: vec![100.0, 101.0, 0.0] };
    accumulate(&Plane { width: 3, height: 1, values: vec![101, 102, 255] }, &mut average, 0.5).unwrap();
    assert_eq!(average.values, [100.5, 101.5, 127.5]);
    let (mut whole, mut apart, mut over) = (Plane::default(), Plane::default(), Plane::default());
    rounded(&average, &mut whole).unwrap();
    assert_eq!(whole.values, [100, 102, 128]);
    difference(&whole, &Plane { width: 3, height: 1, values: vec![105, 102, 0] }, &mut apart).unwrap();
    assert_eq!(apart.values, [5, 0, 128]);
    threshold(&apart, 5, &mut over).unwrap();
    assert_eq!(over.values, [0, 0, 255]);
    assert_eq!((count_nonzero(&over).unwrap(), mean(&over).unwrap()), (1, 85.0));
}

#[test]
fn grey_is_taken_from_the_region_alone() {
    let picture = bgr(2, 2, &[255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9]);
    let mut out = Plane::default();
    let mut check = |[x, y, width, height]: [u32; 4], expected: &[u8]| {
        grey((&picture).into(), Rect { x, y, width, height }, &mut out).unwrap();
        assert_eq!(out.values, expected);
    };
    check([0, 0, 2, 2], &[29, 150, 76, 9]);
    check([1, 0, 1, 2], &[150, 9]);
    check([0, 1, 1, 1], &[76]);
    assert!(grey((&picture).into(), Rect { x: 1, y: 1, width: 2, height: 1 }, &mut out).is_err());
}

#[test]
fn yuv_is_full_range() {
    let check = |[y, u, v]: [u8; 3], expected: [u8; 3]| {
        let bytes = [vec![y; 16], vec![u; 4], vec![v; 4]].concat();
        let picture = bgr_from_yuv420(&bytes, 4, 4).unwrap();
        assert_eq!((picture.width, picture.height), (4, 4));
        for pixel in picture.bytes.chunks(3) {
            let near = pixel.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2);
            assert!(near, "{y} {u} {v}: {pixel:?}, expected {expected:?}");
        }
    };
    check([0, 128, 128], [0, 0, 0]); // black is 0, not 16
    check([255, 128, 128], [255, 255, 255]);
    check([76, 85, 255], [0, 0, 254]);
    check([150, 44, 21], [0, 255, 1]);
    check([29, 255, 107], [255, 0, 0]);
}

#[test]
fn a_yuv_picture_has_no_seams() {
    // Higher than a strip: brighter row by row, the colour the same everywhere.
    let height = 150;
    let luma = (0..height).flat_map(|row| [row as u8 + 50; 8]);
    let bytes: Vec<u8> = luma.chain([128; 4 * 75 * 2]).collect();
    let picture = bgr_from_yuv420(&bytes, 8, height).unwrap();
    let expected: Vec<u8> = (0..height).flat_map(|row| [row as u8 + 50; 8 * 3]).collect();
    assert_eq!(picture.bytes, expected);
}

#[test]
fn a_yuv_picture_of_the_wrong_length_or_an_odd_size_is_refused() {
    for (bytes, width, height) in [(23, 4, 4), (25, 4, 4), (0, 0, 0), (13, 3, 3), (9, 3, 2)] {
        assert!(bgr_from_yuv420(&vec![0; bytes], width, height).is_err(), "{bytes} bytes, {width}x{height}");
    }
}

#[test]
fn pixels_that_are_too_few_are_refused() {
    let short = bgr(4, 4, &[0; 47]);
    assert!(resize((&short).into(), 2, 2).is_err());
    assert!(rotate((&short).into(), Rotation::Quarter).is_err());
    assert!(flip((&short).into(), Flip::Vertical).is_err());
    assert!(write(&mut short.clone(), "x", 0, 0, 8.0).is_err());
}
