//! What is wrong with an ONNX file, or with what is said beside it.

use super::RefusedOp;

/// What is wrong with an ONNX file, or with what is said beside it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OnnxError {
    /// A file that breaks off or is damaged.
    #[error("not a whole ONNX file ({0})")]
    NotWhole(prost::DecodeError),
    /// A file without a network.
    #[error("holds no graph")]
    NoGraph,
    /// Operators of a version that is not known.
    #[error("its operators are of opset {found}; opsets {} to {} are read", known.start(), known.end())]
    Opset {
        /// The version; 0 if none is given.
        found: i64,
        /// Those that are known.
        known: std::ops::RangeInclusive<i64>,
    },
    /// A tensor that cannot be read.
    #[error("tensor '{tensor}': {source}")]
    Tensor {
        /// Its name.
        tensor: String,
        /// The reason.
        source: TensorError,
    },
    /// A node that is not read.
    #[error("node '{node}' ({op}, opset {opset}): {source}")]
    Node {
        /// Its name, or that of its first output.
        node: String,
        /// Its operator.
        op: String,
        /// The operator set of the file.
        opset: i64,
        /// The reason.
        source: Box<NodeError>,
    },
    /// What the images are is not known.
    #[error(transparent)]
    Input(#[from] InputError),
    /// Outputs that are not answers.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The YAML beside the file or in its metadata, in the YAML library's words.
    #[error("{place}: {what}")]
    Beside {
        /// Which of them.
        place: String,
        /// The reason.
        what: String,
    },
}

/// Why a tensor cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TensorError {
    /// Numbers of a type that is not read.
    #[error("numbers of type {0} are not read; floats, whole numbers and booleans are")]
    Type(i32),
    /// An extent below 0, or more numbers than a network has.
    #[error("extents {0:?} are none that a tensor can have")]
    Extents(Vec<i64>),
    /// Fewer or more numbers than its extents say.
    #[error("holds {found} numbers, and its extents need {wanted}")]
    Count {
        /// How many there are.
        found: usize,
        /// How many there should be.
        wanted: usize,
    },
    /// Numbers in another file, which is not named as one beside this one.
    #[error("its numbers are in '{0}', which is no file beside this one")]
    Elsewhere(String),
    /// Numbers in another file, which cannot be read.
    #[error("its numbers are in '{file}', which cannot be read ({what})")]
    Unreadable {
        /// The file.
        file: String,
        /// The reason.
        what: String,
    },
    /// A number that is none, or infinite.
    #[error("holds {0}")]
    NotFinite(String),
}

/// Why a node is not read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// An operator that is not known.
    #[error("the operator is not known{}; known are {}", nearest.map_or_else(String::new, |near| format!(" (the nearest is {near})")), known.join(", "))]
    Unknown {
        /// One with a similar name.
        nearest: Option<&'static str>,
        /// All that are known.
        known: Vec<&'static str>,
    },
    /// An operator that is not one of ONNX's own.
    #[error("operators of domain '{0}' are not known, ONNX's own are")]
    Domain(String),
    /// An attribute that is not known.
    #[error("attribute '{attribute}' is not known; known are {}", known.join(", "))]
    Attribute {
        /// Its name.
        attribute: String,
        /// Those that are.
        known: Vec<&'static str>,
    },
    /// An attribute or an input that asks for something that is not done.
    #[error("{what} is {found}; read is {known}")]
    Setting {
        /// The attribute or input.
        what: &'static str,
        /// What it is.
        found: String,
        /// What is read.
        known: &'static str,
    },
    /// An input that is left out.
    #[error("input {0} is missing")]
    Missing(usize),
    /// An input that nothing before this node makes.
    #[error("reads '{0}', which nothing before it makes")]
    Undefined(String),
    /// An input that must not depend on the image.
    #[error("input {0} depends on the image; it is read as a constant")]
    Computed(usize),
    /// A node that the image does not reach, of an operator that is not computed beforehand.
    #[error("no input depends on the image")]
    Constant,
    /// Extents that the operator is not read with.
    #[error("{what} has extents {found:?}; read is {known}")]
    Extents {
        /// The value.
        what: &'static str,
        /// Its extents.
        found: Vec<usize>,
        /// What is read.
        known: &'static str,
    },
    /// A value in an order that is not followed.
    #[error("reads a value of extents {0:?} in an order that is not followed: a map or a vector is needed")]
    Order(Vec<usize>),
    /// Extents that do not hold as many numbers.
    #[error("cannot make extents {wanted:?} of {found:?}")]
    Reshape {
        /// What is reshaped.
        found: Vec<usize>,
        /// Into what.
        wanted: Vec<i64>,
    },
    /// Probabilities that something reads within the network.
    #[error("{0} is read at the end of a network, where an answer is read off its input; here, something reads it")]
    Within(&'static str),
    /// Codes that something computes with.
    #[error("reads codes of QuantizeLinear; only DequantizeLinear does that, and what moves numbers")]
    Codes,
    /// Something that is computed beforehand comes to no number.
    #[error("what it makes of constants is no finite number")]
    NotFinite,
    /// An op that does not take its inputs.
    #[error(transparent)]
    Op(#[from] RefusedOp),
}

/// Why it is not known what the images are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// No input, or several.
    #[error("a network that reads one image is read; this one has the inputs {0:?}")]
    Inputs(Vec<String>),
    /// An input that is no image.
    #[error(
        "input '{input}' has extents {found:?} (0 is free), and an image has four: batch, channels, rows, columns, \
             or batch, rows, columns, channels"
    )]
    NoImage {
        /// Its name.
        input: String,
        /// Its extents.
        found: Vec<i64>,
    },
    /// Numbers of a type that is not read.
    #[error("input '{input}' is of type {kind}; floats and bytes are read")]
    Type {
        /// Its name.
        input: String,
        /// The type's number in ONNX.
        kind: i32,
    },
    /// Several images at once.
    #[error("input '{input}' is a batch of {batch} images; export the network with a batch of 1 or a free one")]
    Batch {
        /// Its name.
        input: String,
        /// How many.
        batch: i64,
    },
    /// What is said neither in the file nor beside it.
    #[error("{what} of its images is not said in the file; say it in {beside}: {example}")]
    Unsaid {
        /// What is missing.
        what: &'static str,
        /// The file to say it in.
        beside: String,
        /// How.
        example: &'static str,
    },
    /// What the file says otherwise.
    #[error("{beside} says images of {said}, and the file {found}")]
    Otherwise {
        /// Where it is said.
        beside: String,
        /// What is said there.
        said: String,
        /// What the file says.
        found: String,
    },
    /// A mean or a deviation too many or too few.
    #[error("normalise needs {channels} value(s) each, one a channel")]
    Normalise {
        /// Channels of the image.
        channels: usize,
    },
    /// A deviation that cannot be divided by.
    #[error("normalise.deviation must be above 0")]
    Deviation,
}

/// Why an output is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// An output of that name is not there.
    #[error("outputs: '{name}' is none of the network's outputs ({}){}", outputs.join(", "),
            nearest.as_ref().map_or_else(String::new, |near| format!("; did you mean '{near}'?")))]
    Unknown {
        /// The name.
        name: String,
        /// Those that are there.
        outputs: Vec<String>,
        /// One with a similar name.
        nearest: Option<String>,
    },
    /// Several outputs, of which it is not known what they are.
    #[error("it has the outputs {}; say in {beside} which are classes, q and exits: \
             outputs: {{classes: {}}}", outputs.join(", "), outputs[0])]
    Several {
        /// Their names.
        outputs: Vec<String>,
        /// The file to say it in.
        beside: String,
    },
    /// No output at all.
    #[error("it has no output")]
    None,
    /// An output that does not depend on the image.
    #[error("output '{0}' does not depend on the image")]
    Constant(String),
    /// An output that is not so many numbers.
    #[error("output '{name}' has extents {found:?}; {wanted}")]
    Extents {
        /// Its name.
        name: String,
        /// Its extents.
        found: Vec<usize>,
        /// What it should have.
        wanted: String,
    },
    /// An exit that is reached before the one that is listed before it.
    #[error("outputs.exits: '{0}' is listed after an exit that is reached later")]
    Disorder(String),
    /// Names of classes that are more or fewer than the network has.
    #[error("classes: {named} names, and the network tells {count} apart")]
    Names {
        /// How many names there are.
        named: usize,
        /// How many classes.
        count: usize,
    },
    /// Two classes of one name.
    #[error("classes: '{0}' is there twice")]
    RepeatedClass(String),
}

impl OnnxError {
    /// The same with the file that it is about.
    pub(crate) fn at(self, origin: &str) -> super::Error {
        super::Error::Onnx { origin: origin.to_owned(), source: self }
    }
}
