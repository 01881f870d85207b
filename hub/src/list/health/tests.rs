use picket_common::event::{SpoolHealth, WifiHealth};

use super::*;

/// A Pi with nothing to complain of.
fn well() -> HealthData {
    HealthData {
        uptime_s: Some(3 * 86_400 + 7200),
        clock: Some(ClockState::Synced),
        temperature_c: Some(52.08),
        power: Some(PowerHealth::default()),
        load: Some(0.42),
        cpus: Some(4),
        memory_total_bytes: Some(427 << 20),
        memory_available_bytes: Some(210 << 20),
        disk: Some(DiskHealth { total_bytes: 29 << 30, free_bytes: 23 << 30 }),
        wifi: Some(WifiHealth { interface: "wlan0".into(), signal_dbm: Some(-61.0), link_quality: Some(49.0) }),
        cameras: vec![giving("Mailbox")],
        ..HealthData::default()
    }
}

fn giving(view: &str) -> CameraHealth {
    CameraHealth {
        view: Some(view.into()),
        frames: 5000,
        frames_per_second: Some(9.98),
        last_frame_s: Some(0),
        ..CameraHealth::default()
    }
}

fn with(change: impl FnOnce(&mut HealthData)) -> HealthData {
    let mut health = well();
    change(&mut health);
    health
}

fn with_camera(change: impl FnOnce(&mut CameraHealth)) -> HealthData {
    with(|health| change(&mut health.cameras[0]))
}

fn texts(health: &HealthData) -> Vec<String> {
    problems(health).into_iter().map(|problem| problem.text).collect()
}

#[test]
fn a_healthy_node_is_two_lines() {
    let health = well();
    assert_eq!(texts(&health), Vec::<String>::new());
    assert_eq!(
        machine(&health),
        "52.1 °C, power good, load 0.4 of 4, memory 210.0 MiB of 427.0 MiB free, disk 79 % free (23.0 GiB), Wi-Fi -61 dBm, clock set, up 3d 2h"
    );
    assert_eq!(cameras(&health), "Mailbox 10.0/s");
}

#[test]
fn what_is_wrong_is_said() {
    let check = |health: HealthData, expected: &[&str]| assert_eq!(texts(&health), expected);
    let power =
        |now: PowerFlags, since_boot: PowerFlags| with(|health| health.power = Some(PowerHealth { now, since_boot }));
    let none = PowerFlags::default();
    let (low, slow) = (PowerFlags { under_voltage: true, ..none }, PowerFlags { throttled: true, ..none });
    check(power(low, low), &["under-voltage now"]);
    check(power(none, low), &["under-voltage since the start"]);
    check(power(slow, PowerFlags { under_voltage: true, ..slow }), &["throttled now", "under-voltage since the start"]);
    check(power(PowerFlags { throttled: true, ..low }, low), &["under-voltage and throttled now"]);
    check(power(none, slow), &[]);
    check(with(|health| health.temperature_c = Some(81.4)), &["81 °C hot"]);
    check(with(|health| health.disk = Some(DiskHealth { total_bytes: 1000, free_bytes: 49 })), &["disk nearly full"]);
    check(with(|health| health.disk = Some(DiskHealth::default())), &[]);
    check(with(|health| health.memory_available_bytes = Some(20 << 20)), &["little memory left"]);
    check(with(|health| health.clock = Some(ClockState::Unsynced)), &["clock not set"]);
    check(with(|health| health.clock = Some(ClockState::Unknown)), &[]);
    check(with_camera(|camera| camera.lost_s = Some(303)), &["no frames from Mailbox for 5m 3s"]);
    check(with_camera(|camera| camera.last_frame_s = Some(60)), &["no frames from Mailbox for 1m 0s"]);
    check(with_camera(|camera| camera.last_frame_s = Some(59)), &[]);
    let seldom = |since| with_camera(|camera| (camera.patience_s, camera.last_frame_s) = (Some(600), Some(since)));
    check(seldom(599), &[]);
    check(seldom(600), &["no frames from Mailbox for 10m 0s"]);
    check(with_camera(|camera| camera.last_frame_s = None), &["no frames from Mailbox yet"]);
    check(with_camera(|camera| (camera.view, camera.last_frame_s) = (None, None)), &["no frames yet"]);
    check(with_camera(|camera| (camera.ended, camera.last_frame_s) = (true, Some(600))), &[]);
    check(
        with(|health| (health.dropped_events, health.dropped_images, health.refused) = (1, 20, 3)),
        &["1 event and 20 images dropped for want of room", "3 messages refused by the hub"],
    );
}

#[test]
fn what_is_not_known_is_not_said() {
    let check = |health: HealthData, expected: &str| assert_eq!(machine(&health), expected);
    check(HealthData::default(), "");
    check(HealthData { load: Some(1.0), uptime_s: Some(59), ..HealthData::default() }, "load 1.0, up 59.0s");
    check(HealthData { memory_available_bytes: Some(5 << 20), ..HealthData::default() }, "memory 5.0 MiB free");
    let wifi = |link_quality| Some(WifiHealth { interface: "wlan0".into(), signal_dbm: None, link_quality });
    check(HealthData { wifi: wifi(Some(80.0)), ..HealthData::default() }, "Wi-Fi quality 80");
    check(HealthData { wifi: wifi(None), ..HealthData::default() }, "Wi-Fi");
    assert_eq!(texts(&HealthData::default()), Vec::<String>::new());
    assert_eq!(cameras(&HealthData::default()) + &waiting(&HealthData::default()), "");
}

#[test]
fn cameras_are_a_line_and_so_is_what_waits() {
    let check = |health: HealthData, expected: &str| assert_eq!(cameras(&health), expected);
    let counts = with_camera(|camera| (camera.reopenings, camera.passed_over, camera.missed) = (2, 3, 1));
    check(counts, "Mailbox 10.0/s, 2 reopenings, 3 frames unusable, 1 frame missed");
    check(with_camera(|camera| (camera.reopenings, camera.lost_s) = (1, Some(9))), "Mailbox lost, 1 reopening");
    check(with_camera(|camera| (camera.view, camera.frames_per_second) = (None, None)), "camera 5000 frames");
    check(with_camera(|camera| camera.ended = true), "Mailbox footage ended");
    check(with(|health| health.cameras.push(giving("Door"))), "Mailbox 10.0/s; Door 10.0/s");
    let check = |messages, bytes, oldest, expected: &str| {
        let health = with(|health| {
            (health.waiting_messages, health.waiting_bytes, health.waiting_oldest_s) = (messages, bytes, oldest);
        });
        assert_eq!(waiting(&health), expected);
    };
    check(0, 0, None, "");
    check(1, 700, None, "1 message, 700 B");
    check(40, 3_565_158, Some(130), "40 messages, 3.4 MiB, the oldest for 2m 10s");
    let problem = Some("the disk is read-only".into());
    let spool = SpoolHealth { disk_messages: 30, disk_bytes: 2 << 20, problem, stuck_s: None };
    let health = with(|health| {
        (health.waiting_messages, health.waiting_bytes, health.spool) = (40, 3_565_158, Some(spool));
    });
    assert_eq!(waiting(&health), "40 messages, 3.4 MiB (30 of them on disk, 2.0 MiB)");
    assert_eq!(texts(&health), ["spool: the disk is read-only"]);
}

#[test]
fn a_camera_that_tells_its_exposure_shows_it() {
    let exposure = ExposureHealth { time_us: 33_250, gain: 2.04, lux: Some(120.0), colour_temperature: None };
    let health = with_camera(|camera| camera.exposure = Some(exposure));
    assert_eq!(cameras(&health), "Mailbox 10.0/s, exposed 33.2 ms at gain 2.0");
}
