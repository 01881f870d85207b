//! Lamps and illuminators: when each is on, and how bright.
