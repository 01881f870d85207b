//! A Raspberry Pi's own camera.
