//! Pixels to JPEG and back (being written).
