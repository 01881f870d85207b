//! A webcam.
