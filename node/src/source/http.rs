//! A camera that streams MJPEG over HTTP, such as a phone.
