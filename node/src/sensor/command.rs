//! Any program that prints a number: started for each reading, and always put to rest, with all that it started.

use picket_common::event::ReadingData;
use picket_common::shutdown::Shutdown;

use super::{Sensor, number};
use crate::child::{Child, Gap, Program};
use crate::config::CommandSensorConfig;

/// More is no number.
const LONGEST: usize = 4096;

/// A program that prints a number.
pub(super) struct Command(CommandSensorConfig);

impl Command {
    pub(super) fn new(config: &CommandSensorConfig) -> Command {
        Command(config.clone())
    }

    /// What it prints.
    fn output(&self, program: &Program, shutdown: &Shutdown) -> Result<String, String> {
        let mut child = Child::start(program)?;
        let mut output = Vec::new();
        let gap = match child.fill(&mut output, LONGEST, self.0.timeout.0, shutdown) {
            Ok(()) => return Err(format!("prints more than a number{}", child.last_words())),
            Err(gap) => gap,
        };
        match gap {
            Gap::End => match child.farewell() {
                (true, _) => Ok(String::from_utf8_lossy(&output).into_owned()),
                (false, words) => Err(words),
            },
            Gap::Stall => Err(format!("took longer than {} and was ended{}", self.0.timeout, child.last_words())),
            Gap::Stop => Err("the node stops".to_owned()),
            Gap::Broken(error) => Err(format!("its output: {error}")),
        }
    }

    fn measure(&self, program: &Program, shutdown: &Shutdown) -> Result<ReadingData, String> {
        let (value, has) = number::parse(&self.output(program, shutdown)?)?;
        let (value, unit) = number::in_unit(value, has.as_deref(), self.0.unit.as_deref())?;
        Ok(ReadingData { name: self.0.measures.clone(), value, unit })
    }
}

impl Sensor for Command {
    fn read(&mut self, shutdown: &Shutdown) -> Result<Vec<ReadingData>, String> {
        let argv = self.0.program.iter().map(Into::into).collect();
        let hint = "is it spelt right in the sensor's `program`?";
        let program = Program { argv, hint, ..Program::default() };
        match self.measure(&program, shutdown) {
            Ok(reading) => Ok(vec![reading]),
            Err(error) => Err(format!("`{}`: {error}", self.0.program.join(" "))),
        }
    }
}
