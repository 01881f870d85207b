use super::*;

#[test]
fn a() {}
