use picket_common::event::{PowerFlags, PowerHealth};

use super::*;

/// What is told of the heartbeats of one node, each at its second.
fn told(beats: impl IntoIterator<Item = (u64, HealthData)>) -> Vec<(u64, String)> {
    let (mut conditions, mut ongoing) = (Conditions::default(), Ongoing::default());
    let mut told = Vec::new();
    for (second, health) in beats {
        for notice in conditions.heard("Barn", &health, Duration::from_secs(second), &mut ongoing) {
            told.push((second, format!("{} {} {:?}", notice.what, notice.state, notice.phase)));
        }
    }
    told
}

fn check(beats: impl IntoIterator<Item = (u64, HealthData)>, expected: &[(u64, &str)]) {
    let told = told(beats);
    let told: Vec<(u64, &str)> = told.iter().map(|(second, words)| (*second, words.as_str())).collect();
    assert_eq!(told, expected);
}

fn with_camera(change: impl Fn(&mut CameraHealth)) -> HealthData {
    let mut camera = CameraHealth { view: Some("Door".into()), patience_s: Some(30), ..CameraHealth::default() };
    change(&mut camera);
    HealthData { cameras: vec![camera], ..HealthData::default() }
}

fn last_frame(since: u64) -> HealthData {
    with_camera(|camera| camera.last_frame_s = Some(since))
}

#[test]
fn a_camera_whose_thread_hangs_is_told_once_and_its_frames_once() {
    let hangs = (0..30).map(|beat| (beat * 10, last_frame(beat * 10)));
    let back = [(300, last_frame(0)), (310, last_frame(1))];
    check(hangs.chain(back), &[(60, "camera stalled Start"), (300, "camera resumed End")]);
}

#[test]
fn a_camera_of_which_its_node_tells_itself_is_not_told_of_twice() {
    let lost = |since| with_camera(|camera| (camera.lost_s, camera.last_frame_s) = (Some(since), Some(since + 5)));
    check([(0, last_frame(5)), (100, lost(90)), (500, lost(490)), (510, last_frame(0))], &[]);
    // The thread hung first, and came back with an error.
    let told = &[(100, "camera stalled Start"), (110, "camera resumed End")];
    check([(100, last_frame(70)), (110, lost(1)), (500, lost(391))], told);
}

#[test]
fn frames_that_are_far_apart_are_waited_for() {
    let seldom = |since| with_camera(|camera| (camera.patience_s, camera.last_frame_s) = (Some(600), Some(since)));
    check([(599, seldom(599)), (600, seldom(600))], &[(600, "camera stalled Start")]);
}

#[test]
fn a_camera_that_never_gave_a_frame_has_stalled_also_after_its_node_was_started_again() {
    let none = || with_camera(|_| {});
    let told = &[(70, "camera stalled Start"), (200, "camera resumed End")];
    check([(10, none()), (60, none()), (70, none()), (80, none()), (200, last_frame(0))], told);
    // The watchdog has started the node again, and the camera still hangs.
    let told = &[(70, "camera stalled Start"), (500, "camera resumed End")];
    check([(70, last_frame(70)), (90, none()), (400, none()), (500, last_frame(0))], told);
}

#[test]
fn footage_that_ends_and_a_camera_that_was_taken_away_have_not_stalled() {
    check([(0, with_camera(|camera| (camera.ended, camera.last_frame_s) = (true, Some(9000))))], &[]);
    let told = &[(0, "camera stalled Start"), (10, "camera resumed End")];
    check([(0, last_frame(70)), (10, HealthData::default()), (20, HealthData::default())], told);
}

#[test]
fn a_disk_that_fills_is_told_once_however_it_wavers() {
    let disk = |total_bytes, free_bytes| HealthData {
        disk: Some(DiskHealth { total_bytes, free_bytes }),
        ..HealthData::default()
    };
    let gib = 1 << 30;
    let small = |percent| disk(32_000 << 20, (320 * percent as u64) << 20);
    let told = &[(1, "disk low Start"), (5, "disk ok End"), (7, "disk low Start")];
    let wavers = [5, 4, 5, 6, 4, 7, 6, 4];
    check((0..).zip(wavers).map(|(second, percent)| (second, small(percent))), told);
    // Of a large disk a small share is much.
    check([(0, disk(4000 * gib, 3 * gib)), (1, disk(4000 * gib, 2 * gib - 1))], &[(1, "disk low Start")]);
    check([(0, disk(0, 0))], &[]);
}

#[test]
fn supply_and_heat_are_well_when_they_have_been_for_a_while() {
    let power = |under_voltage| {
        let now = PowerFlags { under_voltage, ..PowerFlags::default() };
        HealthData { power: Some(PowerHealth { now, ..PowerHealth::default() }), ..HealthData::default() }
    };
    let flickers = (0..100).map(|beat| (beat * 10, power(beat % 3 == 0)));
    let calm = (100..140).map(|beat| (beat * 10, power(false)));
    check(flickers.chain(calm), &[(0, "power low Start"), (1290, "power ok End")]);
    let heat = |degrees| HealthData { temperature_c: Some(degrees), ..HealthData::default() };
    let told = &[(10, "heat hot Start"), (620, "heat ok End")];
    check([(0, heat(79.0)), (10, heat(80.0)), (320, heat(76.0)), (400, heat(74.0)), (620, heat(74.0))], told);
}
