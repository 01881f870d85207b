//! A picture as `pickle.loads` takes it: what CPython's pickler (protocol 3) writes of a numpy array, without the memo,
//! which nothing refers to. It calls things by the names of numpy 1, which numpy 2 understands too.

use crate::vision::Pixels;

/// Up to the shape: `numpy.core.multiarray._reconstruct(numpy.ndarray, (0,), b'b')`, and what it is given then: version 1.
const ARRAY: &[u8] = b"\x80\x03cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R(K\x01";

/// From the shape to the bytes: `numpy.dtype('u1', False, True)` and its state, and that the order is C's.
const UINT8: &[u8] = b"cnumpy\ndtype\nX\x02\x00\x00\x00u1\x89\x88\x87R(K\x03X\x01\x00\x00\x00|NNNJ\xff\xff\xff\xff\
                       J\xff\xff\xff\xffK\x00tb\x89";

/// A pickled array of `height` x `width` x 3, with its length before it.
pub(super) fn framed(picture: Pixels<'_>) -> Vec<u8> {
    let Pixels { bytes, width, height } = picture;
    let sides = [b"J", &height.to_le_bytes()[..], b"J", &width.to_le_bytes(), b"K\x03\x87"].concat();
    // A picture's bytes are at most 192 MiB, which four bytes can count.
    let count = (bytes.len() as u32).to_le_bytes();
    let parts = [ARRAY, &sides, UINT8, b"B", &count, bytes, b"tb."];
    let len: u64 = parts.iter().map(|part| part.len() as u64).sum();
    [&len.to_ne_bytes()[..]].into_iter().chain(parts).flatten().copied().collect()
}
