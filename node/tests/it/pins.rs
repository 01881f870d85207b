//! What every board has to do, as seen from outside: run on the simulated one with all tests, and on real ones by
//! `cargo test -p picket-node --test it -- --ignored --nocapture a_real_board`. A real board's pins are driven from
//! outside in one of these ways:
//! - `PICKET_GPIO_SIM=FOLDER`: by the kernel's gpio-sim, whose files `sim_gpio17/pull` and `sim_gpio27/value` are in it;
//! - `PICKET_GPIOMEM=FILE` with it: rppal's own code where there is no Pi. A file of 4096 zeros stands at `/dev/gpiomem`
//!   for the chip's registers, `/proc/cpuinfo` has the line `Revision\t: a02082`, gpio-sim's label is `pinctrl-bcm2835`,
//!   and gives the edges;
//! - `PICKET_PINS_DIALOGUE=1`: by whoever reads lines such as `outside: drive 17 1` and `outside: level 27` from standard
//!   output and answers each with a line on standard input, `ok` and `0` or `1`: an emulator's keeper.
//!
//! `PICKET_PINS_NAME` is what the board's name has to contain, such as `rppal`.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use picket_common::config;
use picket_node::config::NodeConfig;
use picket_node::pins::simulated::Simulated;
use picket_node::pins::{self, Board, FULL_DUTY, Pull};

/// Driven from outside.
const IN: u8 = 17;
/// Seen from outside.
const OUT: u8 = 27;

/// The world around a board.
trait Outside {
    fn drive(&mut self, gpio: u8, high: bool);
    fn level(&mut self, gpio: u8) -> bool;

    /// Edges are told.
    fn has_edges(&self) -> bool {
        true
    }

    /// Pulls do something.
    fn has_pulls(&self) -> bool {
        true
    }

    /// A pin stays as it was when it was let go of.
    fn keeps_outputs(&self) -> bool {
        true
    }

    /// A dimmed pin is seen to go up and down.
    fn sees_pulses(&self) -> bool {
        true
    }
}

/// A limit for what should take no time.
const SOON: Duration = Duration::from_secs(5);

fn conforms(board: &dyn Board, outside: &mut dyn Outside) {
    inputs_follow_what_drives_them(board, outside);
    edges_are_told_once(board, outside);
    pulls_hold_what_nothing_drives(board, outside);
    outputs_are_seen_outside(board, outside);
    dimmed_outputs_are_seen_outside(board, outside);
    each_pin_is_had_once(board, outside);
}

fn inputs_follow_what_drives_them(board: &dyn Board, outside: &mut dyn Outside) {
    let mut pin = board.input(IN, Pull::Down).unwrap();
    for high in [true, false, true, false] {
        outside.drive(IN, high);
        assert_eq!((pin.is_high(), pin.is_low()), (Ok(high), Ok(!high)));
    }
}

fn edges_are_told_once(board: &dyn Board, outside: &mut dyn Outside) {
    outside.drive(IN, false);
    let mut pin = board.input(IN, Pull::Down).unwrap();
    assert_eq!(pin.wait_for_edge(Duration::from_millis(20)), Ok(false), "nothing has happened");
    if !outside.has_edges() {
        return;
    }
    for high in [true, false] {
        outside.drive(IN, high);
        assert_eq!(pin.wait_for_edge(SOON), Ok(true));
        assert_eq!(pin.wait_for_edge(Duration::from_millis(20)), Ok(false));
    }
    // A pulse that is over leaves its edges, which may be told as one or two.
    outside.drive(IN, true);
    outside.drive(IN, false);
    assert_eq!((pin.wait_for_edge(SOON), pin.is_low()), (Ok(true), Ok(true)));
    let _ = pin.wait_for_edge(Duration::from_millis(20));
    assert_eq!(pin.wait_for_edge(Duration::from_millis(20)), Ok(false));
}

fn pulls_hold_what_nothing_drives(board: &dyn Board, outside: &mut dyn Outside) {
    if !outside.has_pulls() {
        return;
    }
    for (pull, high) in [(Pull::Up, true), (Pull::Down, false)] {
        // Nothing drives the other pin.
        assert_eq!(board.input(OUT, pull).unwrap().is_high(), Ok(high), "{pull:?}");
    }
}

fn outputs_are_seen_outside(board: &dyn Board, outside: &mut dyn Outside) {
    for (first, safe) in [(true, false), (false, true), (true, true), (false, false)] {
        let mut pin = board.output(OUT, first, safe).unwrap();
        assert_eq!(outside.level(OUT), first, "from the first moment on");
        pin.set_high().unwrap();
        assert!(outside.level(OUT));
        pin.set_low().unwrap();
        assert!(!outside.level(OUT));
        drop(pin);
        if outside.keeps_outputs() {
            assert_eq!(outside.level(OUT), safe, "safe when it is let go of");
        }
    }
}

fn dimmed_outputs_are_seen_outside(board: &dyn Board, outside: &mut dyn Outside) {
    let mut pin = board.dimmer(OUT, 100).unwrap();
    assert_eq!(pin.max_duty_cycle(), FULL_DUTY);
    assert!(!outside.level(OUT), "off from the first moment on");
    for (duty, high) in [(FULL_DUTY, true), (0, false), (FULL_DUTY, true)] {
        pin.set_duty_cycle(duty).unwrap();
        assert_eq!(outside.level(OUT), high, "{duty}");
    }
    pin.set_duty_cycle(FULL_DUTY / 2).unwrap();
    if outside.sees_pulses() {
        let levels: Vec<bool> = (0..500).map(|_| outside.level(OUT)).collect();
        assert!(levels.contains(&true) && levels.contains(&false), "{levels:?}");
    }
    drop(pin);
    assert!(!outside.level(OUT), "off when it is let go of");
}

fn each_pin_is_had_once(board: &dyn Board, outside: &mut dyn Outside) {
    let taken = |result: Result<(), pins::PinError>, gpio: u8| {
        let error = result.expect_err("it was open").to_string();
        assert!(error.starts_with(&format!("GPIO{gpio} is in use by ")), "{error}");
    };
    let input = board.input(IN, Pull::Down).unwrap();
    let output = board.output(OUT, false, false).unwrap();
    taken(board.input(IN, Pull::Down).map(drop), IN);
    taken(board.output(IN, false, false).map(drop), IN);
    taken(board.dimmer(IN, 100).map(drop), IN);
    taken(board.input(OUT, Pull::Down).map(drop), OUT);
    drop((input, output));
    // Free again, and for another purpose.
    let mut pin = board.output(IN, true, false).unwrap();
    pin.set_low().unwrap();
    drop(pin);
    inputs_follow_what_drives_them(board, outside);
    let error = board.input(200, Pull::Down).map(drop).expect_err("no board has so many").to_string();
    assert!(error.contains("there is no GPIO200 on "), "{error}");
}

impl Outside for Simulated {
    fn drive(&mut self, gpio: u8, high: bool) {
        Simulated::drive(self, gpio, high);
    }

    fn level(&mut self, gpio: u8) -> bool {
        Simulated::level(self, gpio)
    }

    /// Its voltmeter is slow.
    fn sees_pulses(&self) -> bool {
        false
    }
}

#[test]
fn the_simulated_board_conforms() {
    let board = Simulated::new();
    conforms(&board, &mut board.clone());
}

/// The kernel's gpio-sim.
struct GpioSim(PathBuf);

impl Outside for GpioSim {
    fn drive(&mut self, gpio: u8, high: bool) {
        let pull = if high { "pull-up" } else { "pull-down" };
        std::fs::write(self.0.join(format!("sim_gpio{gpio}/pull")), pull).unwrap();
    }

    fn level(&mut self, gpio: u8) -> bool {
        let value = std::fs::read_to_string(self.0.join(format!("sim_gpio{gpio}/value"))).unwrap();
        value.trim() == "1"
    }

    /// A line that is let go of falls back to its pull.
    fn keeps_outputs(&self) -> bool {
        false
    }
}

/// A file in place of a BCM2837's registers (BCM2835 ARM Peripherals, 6.1), and gpio-sim for the edges. Nothing carries
/// what is set on to the levels, so this does.
struct Registers {
    sim: GpioSim,
    file: File,
    levels: u32,
}

impl Registers {
    const SET: u64 = 0x1c;
    const CLEAR: u64 = 0x28;
    const LEVEL: u64 = 0x34;

    fn take(&self, register: u64) -> u32 {
        let mut word = [0; 4];
        self.file.read_exact_at(&mut word, register).unwrap();
        self.file.write_all_at(&[0; 4], register).unwrap();
        u32::from_le_bytes(word)
    }
}

impl Outside for Registers {
    fn drive(&mut self, gpio: u8, high: bool) {
        self.levels = self.levels & !(1 << gpio) | u32::from(high) << gpio;
        self.file.write_all_at(&self.levels.to_le_bytes(), Registers::LEVEL).unwrap();
        self.sim.drive(gpio, high);
    }

    /// Which of both was written last is not known; here it is the clearing, after the pulses of a dimmed pin.
    fn level(&mut self, gpio: u8) -> bool {
        self.levels |= self.take(Registers::SET);
        self.levels &= !self.take(Registers::CLEAR);
        self.levels >> gpio & 1 == 1
    }

    fn has_pulls(&self) -> bool {
        false
    }

    fn sees_pulses(&self) -> bool {
        false
    }
}

/// Somebody at the other end of standard input and output.
struct Dialogue;

impl Dialogue {
    fn ask(&self, question: &str) -> String {
        println!("outside: {question}");
        std::io::stdout().flush().unwrap();
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).unwrap();
        answer.trim().to_owned()
    }
}

impl Outside for Dialogue {
    fn drive(&mut self, gpio: u8, high: bool) {
        assert_eq!(self.ask(&format!("drive {gpio} {}", u8::from(high))), "ok");
    }

    fn level(&mut self, gpio: u8) -> bool {
        self.ask(&format!("level {gpio}")) == "1"
    }

    /// QEMU's Raspberry Pi has none.
    fn has_edges(&self) -> bool {
        false
    }

    fn has_pulls(&self) -> bool {
        false
    }

    /// Asking takes too long.
    fn sees_pulses(&self) -> bool {
        false
    }
}

#[test]
#[ignore = "needs a board: PICKET_GPIO_SIM or PICKET_PINS_DIALOGUE, as this file's first lines say"]
fn a_real_board_conforms() {
    let board = pins::open().unwrap();
    println!("pins: {}", board.name());
    let name = std::env::var("PICKET_PINS_NAME").unwrap_or_default();
    assert!(board.name().contains(&name), "{} is not by {name}", board.name());
    let [sim, registers, dialogue] =
        ["PICKET_GPIO_SIM", "PICKET_GPIOMEM", "PICKET_PINS_DIALOGUE"].map(std::env::var_os);
    match (sim.map(|folder| GpioSim(folder.into())), registers, dialogue) {
        (Some(sim), Some(file), _) => {
            let file = File::options().read(true).write(true).open(file).unwrap();
            conforms(board.as_ref(), &mut Registers { sim, file, levels: 0 });
        }
        (Some(mut sim), None, _) => conforms(board.as_ref(), &mut sim),
        (None, _, Some(_)) => conforms(board.as_ref(), &mut Dialogue),
        (None, _, None) => panic!("who drives its pins? set PICKET_GPIO_SIM or PICKET_PINS_DIALOGUE"),
    }
}

#[test]
fn check_says_what_speaks_to_the_pins_and_minds_no_machine_without() {
    let check = |example: &str| {
        let example = format!("{}/../configs/{example}", env!("CARGO_MANIFEST_DIR"));
        let done = Command::new(env!("CARGO_BIN_EXE_picket-node")).args(["check", &example]).output().unwrap();
        assert!(done.status.success(), "{done:?}");
        assert!(done.stdout.starts_with(b"node:\n"));
        let said = String::from_utf8(done.stderr).unwrap();
        said.strip_prefix(&format!("{example}: nothing wrong found\n")).unwrap().to_owned()
    };
    let said = match pins::open() {
        Ok(board) => board.name(),
        Err(error) => error.to_string(),
    };
    assert_eq!(check("node-pir.yaml"), format!("pins: {said}\n"));
    assert_eq!(check("node-pattern.yaml"), "");
}

#[test]
fn a_node_that_cannot_have_its_pins_says_what_they_are_for() {
    let pir = "node: {name: Gate}\nsensors: [{name: pir, kind: input, gpio: 17}]\n";
    let config: NodeConfig = config::parse("pir", pir.as_bytes()).unwrap();
    assert_eq!(config.pin_users(), ["the input `pir`"]);
    let Err(error) = pins::open() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pir.yaml");
    std::fs::write(&file, pir).unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_picket-node")).arg("run").arg(&file).output().unwrap();
    assert_eq!(done.status.code(), Some(1));
    let said = String::from_utf8(done.stderr).unwrap();
    assert_eq!(said, format!("picket-node: pins are needed for the input `pir`: {error}\n"));
}
