//! One picture with its capture time. Knows no library of pictures.

use std::sync::Arc;
use std::time::Duration;

use picket_common::time::Timestamp;

/// One picture with its capture time. Cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Counts from 0 since the source was first opened; frames that the source lost leave no gap.
    pub index: u64,
    /// When it was captured.
    pub at: Timestamp,
    /// The same by the machine's uptime, which never steps; for recorded footage, time since its start.
    pub mono: Duration,
    /// The pixels.
    pub picture: Arc<Picture>,
}

/// The pixels in the form the camera gave them.
#[derive(Debug, Clone, PartialEq)]
pub enum Picture {
    /// A JPEG file's bytes.
    Jpeg { bytes: Vec<u8>, width: u32, height: u32 },
    /// Full-range YUV 4:2:0: `width * height` bytes of Y, then a quarter as many of U, then of V; rows
    /// without gaps, both sides even.
    Yuv420 { bytes: Vec<u8>, width: u32, height: u32 },
    /// Blue, green, red, row by row without gaps.
    Bgr { bytes: Vec<u8>, width: u32, height: u32 },
}

impl Picture {
    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        match self {
            Picture::Jpeg { width, height, .. }
            | Picture::Yuv420 { width, height, .. }
            | Picture::Bgr { width, height, .. } => (*width, *height),
        }
    }

    /// How much memory it takes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Picture::Jpeg { bytes, .. } | Picture::Yuv420 { bytes, .. } | Picture::Bgr { bytes, .. } => bytes,
        }
    }
}
