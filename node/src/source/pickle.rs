//! Reads a picture out of a Python pickle (protocols 2 to 5, as CPython's `pickletools` describes them): a numpy array
//! of `uint8`, or `None`. Pure, and by itself: it names nothing but the standard library.
//!
//! A pickle is a program, and programs from elsewhere are not run. So this is a small machine that knows just those
//! opcodes with which a pickler writes such an array, and of all that a pickle can call just the five names below,
//! each of which can only become a part of an array. Whatever else stands there is an error that names it. Stack, memo
//! and nesting are bounded, and so is what is copied: twice the pickle's length.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Beyond what any pickled array needs: about 15, 25 and 2.
const MAX_STACK: usize = 64;
const MAX_MEMO: u64 = 256;
const MAX_DEPTH: u8 = 4;

/// A numpy array of `uint8`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Array {
    /// One to three sides, none of them 0; the last one's neighbours lie beside each other.
    pub(crate) shape: Vec<usize>,
    /// As many as the sides' product.
    pub(crate) bytes: Vec<u8>,
}

/// The array in `pickle`, or none where it holds `None`.
///
/// # Errors
/// It holds anything else: in words, and what to do.
pub(crate) fn load(pickle: &[u8]) -> Result<Option<Array>, String> {
    let mut machine = Machine { rest: pickle, stack: Vec::new(), memo: BTreeMap::new(), made: 0, len: pickle.len() };
    match machine.run()? {
        Value::None => Ok(None),
        Value::Array(array) => Ok(Some(Rc::unwrap_or_clone(array))),
        other => Err(format!("the pickle holds {} and no picture; {ADVICE}", other.name())),
    }
}

const ADVICE: &str = "send the frame alone, a numpy array of uint8: pickle.dumps(frame)";

/// All that there can be.
#[derive(Clone)]
enum Value<'a> {
    None,
    Bool(bool),
    Int(i64),
    Text(&'a str),
    Bytes(Rc<Cow<'a, [u8]>>),
    /// With how deep it is.
    Tuple(Rc<[Value<'a>]>, u8),
    Global(Global),
    /// `numpy.dtype("u1")`.
    Dtype,
    /// An array that has not been given its content yet.
    Blank,
    Array(Rc<Array>),
    /// Where a tuple begins.
    Mark,
}

/// All that can be called. Each only puts its arguments together.
#[derive(Clone, Copy)]
enum Global {
    Reconstruct,
    FromBuffer,
    Ndarray,
    Dtype,
    Encode,
}

impl Global {
    fn named(module: &str, name: &str) -> Result<Global, String> {
        Ok(match (module, name) {
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => Global::Reconstruct,
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Global::FromBuffer,
            ("numpy", "ndarray") => Global::Ndarray,
            ("numpy", "dtype") => Global::Dtype,
            // So protocol 2 writes bytes, which it does not know.
            ("_codecs", "encode") => Global::Encode,
            _ => {
                let what = format!("{}.{}", printable(module), printable(name));
                return Err(format!("the pickle asks for `{what}`, and nothing that comes in is run; {ADVICE}"));
            }
        })
    }
}

impl Value<'_> {
    fn name(&self) -> &'static str {
        match self {
            Value::None => "None",
            Value::Bool(_) => "a truth value",
            Value::Int(_) => "a number",
            Value::Text(_) => "a text",
            Value::Bytes(_) => "bytes",
            Value::Tuple(..) => "a tuple",
            Value::Global(_) => "a function",
            Value::Dtype => "a dtype",
            Value::Blank => "an array without content",
            Value::Array(_) => "an array",
            Value::Mark => "nothing",
        }
    }
}

struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<Value<'a>>,
    memo: BTreeMap<u64, Value<'a>>,
    /// Bytes that were copied out of the pickle, and how many there are in it.
    made: usize,
    len: usize,
}

impl<'a> Machine<'a> {
    fn run(&mut self) -> Result<Value<'a>, String> {
        match self.rest {
            [0x80, 2..=5, rest @ ..] => self.rest = rest,
            [0x80, protocol, ..] => {
                return Err(format!("a pickle of protocol {protocol}; those from 2 to 5 are read here"));
            }
            _ => {
                return Err(
                    "this is no pickle, or one of protocol 0 or 1; pickle.dumps(frame) in Python 3 writes one \
                            that is read here"
                        .into(),
                );
            }
        }
        loop {
            let [opcode] = self.array()?;
            if opcode == b'.' {
                let result = self.pop()?;
                let rest = self.stack.len() + self.rest.len();
                return if rest == 0 { Ok(result) } else { Err("the pickle has something behind its end".into()) };
            }
            self.step(opcode)?;
        }
    }

    fn step(&mut self, opcode: u8) -> Result<(), String> {
        let value = match opcode {
            // A frame (of protocol 4) only says how much may be read at once.
            0x95 => return self.array().map(|_: [u8; 8]| ()),
            b'N' => Value::None,
            0x88 => Value::Bool(true),
            0x89 => Value::Bool(false),
            b'K' => Value::Int(u8::from_le_bytes(self.array()?).into()),
            b'M' => Value::Int(u16::from_le_bytes(self.array()?).into()),
            b'J' => Value::Int(i32::from_le_bytes(self.array()?).into()),
            0x8c => self.text::<1>()?,
            b'X' => self.text::<4>()?,
            0x8d => self.text::<8>()?,
            b'C' => self.bytes::<1>()?,
            b'B' => self.bytes::<4>()?,
            // Bytes, and a bytearray: nobody will write to it here.
            0x8e | 0x96 => self.bytes::<8>()?,
            b'(' => Value::Mark,
            b')' => tuple(Vec::new())?,
            b't' => {
                let mark = self.stack.iter().rposition(|value| matches!(value, Value::Mark)).ok_or_else(broken)?;
                let values = self.stack.split_off(mark + 1);
                self.stack.pop();
                tuple(values)?
            }
            0x85..=0x87 => {
                let from = self.stack.len().checked_sub(usize::from(opcode - 0x84)).ok_or_else(broken)?;
                tuple(self.stack.split_off(from))?
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                Value::Global(Global::named(module, name)?)
            }
            0x93 => match (self.pop()?, self.pop()?) {
                (Value::Text(name), Value::Text(module)) => Value::Global(Global::named(module, name)?),
                _ => return Err(broken()),
            },
            b'q' => return self.number::<1>().and_then(|index| self.put(index)),
            b'r' => return self.number::<4>().and_then(|index| self.put(index)),
            0x94 => return self.put(self.memo.len() as u64),
            b'h' => self.number::<1>().and_then(|index| self.get(index))?,
            b'j' => self.number::<4>().and_then(|index| self.get(index))?,
            b'R' => match (self.pop()?, self.pop()?) {
                (Value::Tuple(arguments, _), Value::Global(global)) => {
                    let value = reduce(global, &arguments)?;
                    self.count(value)?
                }
                _ => return Err(broken()),
            },
            b'b' => match (self.pop()?, self.pop()?) {
                (Value::Tuple(state, _), Value::Blank) => {
                    let value = filled(&state)?;
                    self.count(value)?
                }
                (Value::Tuple(state, _), Value::Dtype) => plain_dtype(&state)?,
                _ => return Err(broken()),
            },
            _ => return Err(format!("the pickle holds {} and no picture alone; {ADVICE}", opcode_name(opcode))),
        };
        if self.stack.len() >= MAX_STACK {
            return Err(broken());
        }
        self.stack.push(value);
        Ok(())
    }

    /// Its bytes are copied once into an array, and by protocol 2 once before that; what does so more often wants to fill
    /// the memory.
    fn count(&mut self, value: Value<'a>) -> Result<Value<'a>, String> {
        self.made += match &value {
            Value::Bytes(bytes) => bytes.len(),
            Value::Array(array) => array.bytes.len(),
            _ => 0,
        };
        if self.made > 2 * self.len { Err(broken()) } else { Ok(value) }
    }

    fn pop(&mut self) -> Result<Value<'a>, String> {
        self.stack.pop().filter(|value| !matches!(value, Value::Mark)).ok_or_else(broken)
    }

    fn put(&mut self, index: u64) -> Result<(), String> {
        let value = self.stack.last().filter(|value| !matches!(value, Value::Mark)).ok_or_else(broken)?;
        if index >= MAX_MEMO {
            return Err(broken());
        }
        self.memo.insert(index, value.clone());
        Ok(())
    }

    fn get(&self, index: u64) -> Result<Value<'a>, String> {
        self.memo.get(&index).cloned().ok_or_else(broken)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or("the pickle breaks off")?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        self.take(N)?.try_into().map_err(|_| broken())
    }

    /// Of `N` bytes, the lowest first.
    fn number<const N: usize>(&mut self) -> Result<u64, String> {
        Ok(self.array::<N>()?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// What its length, a number of `N` bytes, stands before.
    fn counted<const N: usize>(&mut self) -> Result<&'a [u8], String> {
        let len = self.number::<N>()?;
        self.take(usize::try_from(len).unwrap_or(usize::MAX))
    }

    fn text<const N: usize>(&mut self) -> Result<Value<'a>, String> {
        std::str::from_utf8(self.counted::<N>()?).map(Value::Text).map_err(|_| broken())
    }

    fn bytes<const N: usize>(&mut self) -> Result<Value<'a>, String> {
        Ok(Value::Bytes(Rc::new(Cow::Borrowed(self.counted::<N>()?))))
    }

    fn line(&mut self) -> Result<&'a str, String> {
        let len = self.rest.iter().position(|byte| *byte == b'\n').ok_or_else(broken)?;
        let line = self.take(len + 1)?;
        std::str::from_utf8(line.get(..len).unwrap_or_default()).map_err(|_| broken())
    }
}

fn tuple<'a>(values: Vec<Value<'a>>) -> Result<Value<'a>, String> {
    let inner = values.iter().map(|value| if let Value::Tuple(_, depth) = value { *depth } else { 0 });
    let depth = inner.max().unwrap_or(0) + 1;
    if depth > MAX_DEPTH { Err(broken()) } else { Ok(Value::Tuple(values.into(), depth)) }
}

/// What a call gives.
fn reduce<'a>(global: Global, arguments: &[Value<'a>]) -> Result<Value<'a>, String> {
    match (global, arguments) {
        (Global::Reconstruct, [Value::Global(Global::Ndarray), Value::Tuple(..), Value::Bytes(_)]) => Ok(Value::Blank),
        (Global::Dtype, [Value::Text("u1"), ..]) => Ok(Value::Dtype),
        (Global::Dtype, [Value::Text(other), ..]) => Err(format!(
            "the pickle holds an array of `{}`, not of uint8; let the sender use frame.astype(\"uint8\")",
            printable(other)
        )),
        (Global::Encode, [Value::Text(text), Value::Text("latin1")]) => {
            let bytes: Result<Vec<u8>, _> = text.chars().map(u8::try_from).collect();
            Ok(Value::Bytes(Rc::new(Cow::Owned(bytes.map_err(|_| broken())?))))
        }
        (Global::FromBuffer, [Value::Bytes(bytes), Value::Dtype, shape, Value::Text(order), axes @ ..]) => {
            let shape = numbers(shape)?;
            match (*order, axes) {
                ("C", [] | [Value::None]) => array(&shape, &in_order(shape.len()), bytes),
                ("F", [] | [Value::None]) => fortran(&shape, bytes),
                // From numpy 2.3 on: the shape as it lies in memory, and which of its sides comes first, second, third.
                ("K", [axes]) => array(&shape, &numbers(axes)?, bytes),
                _ => Err(broken()),
            }
        }
        _ => Err(broken()),
    }
}

/// What a blank array becomes: version, shape, dtype, whether its first sides' neighbours lie beside each other
/// (Fortran), bytes.
fn filled<'a>(state: &[Value<'a>]) -> Result<Value<'a>, String> {
    let [Value::Int(1), shape, Value::Dtype, Value::Bool(is_fortran), Value::Bytes(bytes)] = state else {
        return Err(broken());
    };
    let shape = numbers(shape)?;
    if *is_fortran { fortran(&shape, bytes) } else { array(&shape, &in_order(shape.len()), bytes) }
}

/// A dtype of bytes has no byte order, and no fields.
fn plain_dtype<'a>(state: &[Value<'a>]) -> Result<Value<'a>, String> {
    match state {
        [Value::Int(_), Value::Text("|"), Value::None, Value::None, Value::None, ..] => Ok(Value::Dtype),
        _ => Err(broken()),
    }
}

fn numbers(tuple: &Value<'_>) -> Result<Vec<usize>, String> {
    let Value::Tuple(values, _) = tuple else { return Err(broken()) };
    let number = |value: &Value<'_>| match value {
        Value::Int(number) => usize::try_from(*number).map_err(|_| broken()),
        _ => Err(broken()),
    };
    values.iter().map(number).collect()
}

fn in_order(sides: usize) -> Vec<usize> {
    (0..sides).collect()
}

fn fortran<'a>(shape: &[usize], bytes: &[u8]) -> Result<Value<'a>, String> {
    let reversed = |sides: &[usize]| sides.iter().rev().copied().collect::<Vec<_>>();
    array(&reversed(shape), &reversed(&in_order(shape.len())), bytes)
}

/// The array whose sides lie in memory as `lying`, of which `axes` says what comes first, second, third.
fn array<'a>(lying: &[usize], axes: &[usize], bytes: &[u8]) -> Result<Value<'a>, String> {
    let shape: Option<Vec<usize>> = axes.iter().map(|axis| lying.get(*axis).copied()).collect();
    let shape = shape.ok_or_else(broken)?;
    let mut sorted = axes.to_vec();
    sorted.sort_unstable();
    if sorted != in_order(lying.len()) {
        return Err(broken());
    }
    let count = lying.iter().try_fold(1_usize, |count, side| count.checked_mul(*side));
    if !(1..=3).contains(&shape.len()) || count != Some(bytes.len()) || bytes.is_empty() {
        let sides: Vec<String> = shape.iter().map(ToString::to_string).collect();
        let len = bytes.len();
        return Err(format!("an array of shape ({}) with {len} bytes is no picture; {ADVICE}", sides.join(", ")));
    }
    if axes.is_sorted() {
        return Ok(Value::Array(Rc::new(Array { shape, bytes: bytes.to_vec() })));
    }
    // How far apart the neighbours of each side lie; sides that are missing have one neighbour.
    let stride = |axis: usize| lying.iter().skip(axis + 1).product::<usize>();
    let side = |which: usize| (shape.get(which).copied().unwrap_or(1), axes.get(which).map_or(0, |axis| stride(*axis)));
    let [first, second, third] = [side(0), side(1), side(2)];
    let mut turned = Vec::with_capacity(bytes.len());
    for i in 0..first.0 {
        for j in 0..second.0 {
            let start = i * first.1 + j * second.1;
            turned.extend((0..third.0).filter_map(|k| bytes.get(start + k * third.1)));
        }
    }
    Ok(Value::Array(Rc::new(Array { shape, bytes: turned })))
}

fn broken() -> String {
    format!("the pickle is not one of a picture; {ADVICE}")
}

/// What an opcode that is not read here would make.
fn opcode_name(opcode: u8) -> String {
    let what = match opcode {
        b']' | b'l' | b'a' | b'e' => "a list",
        b'}' | b'd' | b's' | b'u' => "a dict",
        0x8f..=0x91 => "a set",
        b'G' | b'F' | b'I' | b'L' | 0x8a | 0x8b => "a number",
        b'S' | b'T' | b'U' | b'V' => "a text of Python 2",
        b'i' | b'o' | 0x81 | 0x92 => "an object of a class",
        b'P' | b'Q' | 0x82..=0x84 => "a reference to something elsewhere",
        0x97 | 0x98 => "a buffer that is sent apart (buffer_callback)",
        _ => "something unknown",
    };
    format!("{what} (opcode 0x{opcode:02x})")
}

/// As it may stand in a log.
fn printable(text: &str) -> String {
    text.chars().take(60).map(|c| if c.is_control() { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests;
