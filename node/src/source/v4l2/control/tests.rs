use super::*;

/// As the kernel's uvcvideo shows a common webcam.
fn webcam() -> Vec<Control> {
    let menu = |items: &[(i32, &str)]| Kind::Menu(items.iter().map(|(n, title)| (*n, (*title).to_owned())).collect());
    let control =
        |title: &str, kind| Control { title: title.to_owned(), kind, default: 0, value: None, is_read_only: false };
    let mut controls = vec![
        control("Brightness", Kind::Number { least: -64, most: 64 }),
        control("White Balance, Automatic", Kind::Switch),
        control("Power Line Frequency", menu(&[(0, "Disabled"), (1, "50 Hz"), (2, "60 Hz")])),
        control("Exposure Time, Absolute", Kind::Number { least: 1, most: 5000 }),
        control("Auto Exposure", menu(&[(1, "Manual Mode"), (3, "Aperture Priority Mode")])),
        control("Do White Balance", Kind::Button),
        control("Privacy", Kind::Switch),
    ];
    controls[6].is_read_only = true;
    controls
}

fn set(wanted: &str) -> String {
    let wanted: BTreeMap<String, ControlValue> = serde_json::from_str(wanted).unwrap();
    match settings(&webcam(), &wanted) {
        Ok(settings) => settings.iter().map(|s| format!("{}={}", s.index + 1, s.value)).collect::<Vec<_>>().join(" "),
        Err(why) => why,
    }
}

#[test]
fn controls_are_known_by_both_names_and_items_by_number_or_name() {
    let check = |wanted, expected: &str| assert_eq!(set(wanted), expected, "{wanted}");
    check(r#"{"brightness": -64}"#, "1=-64");
    check(r#"{"Brightness": 0}"#, "1=0");
    check(r#"{"brightness": "12"}"#, "1=12");
    check(r#"{"white_balance_automatic": false}"#, "2=0");
    check(r#"{"White Balance, Automatic": 1}"#, "2=1");
    check(r#"{"power_line_frequency": 1}"#, "3=1");
    check(r#"{"power_line_frequency": "50 Hz"}"#, "3=1");
    check(
        r#"{"power_line_frequency": "50hz"}"#,
        "control `power_line_frequency`: it has no item `50hz`; it has 0 (Disabled), 1 (50 Hz), 2 (60 Hz)",
    );
    check(r#"{"power_line_frequency": "DISABLED"}"#, "3=0");
    check(r#"{"do_white_balance": true}"#, "6=1");
    check("{}", "");
}

#[test]
fn automatics_are_set_before_what_they_govern_and_buttons_last() {
    let wanted = r#"{"brightness": 1, "exposure_time_absolute": 300, "do_white_balance": true,
                     "auto_exposure": "manual_mode", "white_balance_automatic": false}"#;
    assert_eq!(set(wanted), "2=0 5=1 1=1 4=300 6=1");
}

#[test]
fn a_value_that_cannot_be_is_answered_with_those_that_can() {
    let check = |wanted, expected: &str| assert_eq!(set(wanted), expected, "{wanted}");
    let brightness = "control `brightness`: ";
    check(r#"{"brightness": 65}"#, &format!("{brightness}65 is out of range; write a number between -64 and 64"));
    check(
        r#"{"brightness": 99999999999}"#,
        &format!("{brightness}99999999999 is out of range; write a number between -64 and 64"),
    );
    check(r#"{"brightness": "high"}"#, &format!("{brightness}`high` cannot be; write a number between -64 and 64"));
    check(r#"{"brightness": true}"#, &format!("{brightness}`true` cannot be; write a number between -64 and 64"));
    check(
        r#"{"auto_exposure": 2}"#,
        "control `auto_exposure`: it has no item `2`; it has 1 (Manual Mode), 3 (Aperture Priority Mode)",
    );
    check(
        r#"{"white_balance_automatic": "off"}"#,
        "control `white_balance_automatic`: `off` cannot be; write `true` or `false`",
    );
    check(r#"{"do_white_balance": 0}"#, "control `do_white_balance`: `0` cannot be; write `true`, which presses it");
    check(r#"{"privacy": false}"#, "control `privacy`: it can only be read");
}

#[test]
fn an_unknown_control_is_answered_with_those_that_exist() {
    let all = "(it has brightness, white_balance_automatic, power_line_frequency, exposure_time_absolute, auto_exposure, \
               do_white_balance, privacy)";
    let check = |wanted, expected: &str| assert_eq!(set(wanted), format!("{expected} {all}"));
    check(r#"{"brightnes": 1}"#, "there is no control `brightnes`; did you mean `brightness`?");
    check(r#"{"exposure_auto": 1}"#, "there is no control `exposure_auto`; did you mean `auto_exposure`?");
    check(r#"{"zoom": 1}"#, "there is no control `zoom`");
    let wanted = BTreeMap::from([("zoom".to_owned(), ControlValue::Number(1))]);
    assert_eq!(settings(&[], &wanted).unwrap_err(), "there is no control `zoom`: this camera has none at all");
}
