//! How large a picture may be. By itself, so that what only asks this needs no library of pictures.

/// The longest side, in pixels: what libjpeg itself allows.
pub const MAX_SIDE: u32 = 65_500;

/// The largest picture, in pixels (192 MiB as BGR). A small file may claim any size in its header, so it
/// is held against this before memory is taken. The largest camera sold for a Pi has 64 million.
pub const MAX_PIXELS: u64 = 64 << 20;
