use inference::Answer;

use super::Way;

/// One image of a half, as policies may see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The little network's answer to it.
    pub little: Answer,
    /// Whether that answer is right.
    pub little_right: bool,
    /// Whether the big network is right.
    pub big_right: bool,
    /// A random number in [0, 1) that belongs to it.
    pub chance: f64,
    /// How many images it counts for: 1 if the devices see every image equally often.
    pub weight: f64,
}

impl Sample {
    /// Whether a way leads to the right answer; on the device, every answer is the little network's.
    pub fn is_right(&self, way: Way) -> bool {
        if way == Way::LITTLE { self.little_right } else { self.big_right }
    }
}
