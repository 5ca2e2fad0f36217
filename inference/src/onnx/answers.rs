//! Which outputs of a file are answers.

use super::Reading;
use super::beside::{Beside, EarlyExit, Heads, Outputs};
use super::call::{Computed, Known, Waiting};
use super::proto::GraphProto;
use crate::classes::Classes;
use crate::error::{OnnxError, OutputError};
use crate::graph::{Exit, Head, Value};
use crate::nearest::nearest;
use crate::ops::Function;

/// The most classes that a network may tell apart.
const MOST_CLASSES: usize = 1 << 20;

/// The outputs of a network with which it answers: its early exits, then its end.
#[derive(Debug)]
pub struct Answers<'a>(Vec<(&'a str, Option<&'a str>)>);

impl<'a> Answers<'a> {
    /// What the YAML says of the outputs of a graph; its only output is classes if nothing is said.
    ///
    /// # Errors
    /// If an output is named that is not there, or nothing is said of several.
    pub fn of(graph: &'a GraphProto, said: &Beside, beside: &str) -> Result<Self, OutputError> {
        let names: Vec<&str> = graph.output.iter().map(|output| output.name.as_str()).collect();
        let owned = || names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let find = |name: &str| {
            names.iter().find(|known| **known == name).copied().ok_or_else(|| OutputError::Unknown {
                name: name.to_owned(),
                outputs: owned(),
                nearest: nearest(name, names.iter().copied()).map(str::to_owned),
            })
        };
        let Some(Outputs { classes, q, exits }) = &said.outputs else {
            return match names[..] {
                [] => Err(OutputError::None),
                [only] => Ok(Self(vec![(only, None)])),
                _ => Err(OutputError::Several { outputs: owned(), beside: beside.to_owned() }),
            };
        };
        let early = exits.iter().map(|exit| match exit {
            EarlyExit::Classes(classes) => (classes, None),
            EarlyExit::Both(Heads { classes, q }) => (classes, q.as_ref()),
        });
        let all = early.chain([(classes, q.as_ref())]);
        let found = all.map(|(classes, q)| Ok((find(classes)?, q.map(|q| find(q)).transpose()?)));
        found.collect::<Result<_, OutputError>>().map(Self)
    }
}

/// Makes all that the answers need, and adds their exits to the graph; the classes that they tell apart.
///
/// # Errors
/// If a node that they need is not read, or they are not what answers are read off.
pub fn exits<'a>(
    reading: &mut Reading<'a>,
    answers: &Answers<'a>,
    classes: Option<&Classes>,
) -> Result<Classes, OnnxError> {
    let mut reached = 0;
    let mut count = None;
    for &(name, q) in &answers.0 {
        let logits = vector(reading, name, |waits| matches!(waits, Waiting::Softmax(_)))?;
        let length = reading.draft.shape(logits).len();
        let wanted = *count.get_or_insert(length);
        if !(2..=MOST_CLASSES).contains(&length) || length != wanted {
            let words = match count {
                Some(count) if count >= 2 => format!("every exit tells the same {count} classes apart"),
                _ => "classes are at least 2".to_owned(),
            };
            return Err(OutputError::Extents { name: name.to_owned(), found: vec![length], wanted: words }.into());
        }
        let predictor = q.map(|q| head(reading, q)).transpose()?;
        let steps = predictor.map_or(logits, |head| head.unit.max(logits));
        if steps < reached {
            return Err(OutputError::Disorder(name.to_owned()).into());
        }
        reached = steps;
        reading.draft.graph.add_exit(Exit { logits, predictor });
    }
    let count = count.ok_or(OutputError::None)?;
    match classes {
        Some(named) if named.count() != count => Err(OutputError::Names { named: named.count(), count }.into()),
        Some(named) => match named.repeated() {
            Some(twice) => Err(OutputError::RepeatedClass(twice.to_owned()).into()),
            None => Ok(named.clone()),
        },
        None => Ok(Classes::unnamed(count)),
    }
}

/// The second head of an exit: what it comes to before the sigmoid.
fn head<'a>(reading: &mut Reading<'a>, name: &'a str) -> Result<Head, OnnxError> {
    let unit = vector(reading, name, |waits| matches!(waits, Waiting::Function(Function::Sigmoid)))?;
    let length = reading.draft.shape(unit).len();
    if length != 1 {
        let wanted = "q is one number, a probability or what a sigmoid makes one of".to_owned();
        return Err(OutputError::Extents { name: name.to_owned(), found: vec![length], wanted }.into());
    }
    let seen = reading.draft.graph.nodes()[unit - 1].inputs[0];
    Ok(Head { seen, unit })
}

/// An output as a vector, without what is `dropped` at its end.
fn vector<'a>(
    reading: &mut Reading<'a>,
    name: &'a str,
    dropped: impl Fn(&Waiting) -> bool,
) -> Result<Value, OnnxError> {
    let output = match reading.value(name)? {
        Some(Known::Computed(output)) => output,
        _ => return Err(OutputError::Constant(name.to_owned()).into()),
    };
    let output = match &output.waits {
        Some(waits) if dropped(waits) => Computed { waits: None, ..output },
        _ => output,
    };
    let refuse = |wanted: &str| {
        let (found, wanted) = (output.view.sizes(), wanted.to_owned());
        OnnxError::from(OutputError::Extents { name: name.to_owned(), found, wanted })
    };
    let value = reading.draft.ordered(name, &output).map_err(|error| refuse(&error.to_string()))?;
    match value {
        0 => Err(refuse("an answer is made of the image, and this is the image itself")),
        value => Ok(value),
    }
}
