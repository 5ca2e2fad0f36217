//! Which buffer holds what, and when.

use crate::kernels::Extent;

/// What a buffer has to be to hold a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Slot {
    /// Floats.
    Floats(Extent),
    /// Codes with this zero point.
    Codes(Extent, u8),
}

/// What a task reads and writes, by the numbers of slots.
pub struct Traffic<'a> {
    /// Slots read.
    pub from: &'a [usize],
    /// The slot written.
    pub to: usize,
}

/// Gives slots buffers: two alike share one if the first is no longer read when the second is written. `kept` ones are
/// never given up. Returns the buffer of each slot, numbered among those of its kind, and what the buffers are, one kind
/// after the other.
///
/// # Panics
/// If there are no slots; the first is that of the image.
pub fn settle<'a>(
    slots: &[Slot],
    tasks: impl Iterator<Item = Traffic<'a>> + Clone,
    kept: impl Iterator<Item = usize>,
) -> (Vec<usize>, Vec<Slot>) {
    let mut last_read = vec![0; slots.len()];
    for (index, task) in tasks.clone().enumerate() {
        task.from.iter().for_each(|slot| last_read[*slot] = index);
    }
    kept.for_each(|slot| last_read[slot] = usize::MAX);
    let mut buffers: Vec<Slot> = vec![slots[0]];
    let mut free: Vec<usize> = Vec::new();
    let mut places = vec![0; slots.len()];
    for (index, Traffic { from, to }) in tasks.enumerate() {
        places[to] = match free.iter().position(|&buffer| buffers[buffer] == slots[to]) {
            Some(at) => free.swap_remove(at),
            None => {
                buffers.push(slots[to]);
                buffers.len() - 1
            }
        };
        for slot in from {
            // Only once, though a task may read a slot twice.
            if last_read[*slot] == index && !free.contains(&places[*slot]) {
                free.push(places[*slot]);
            }
        }
    }
    let is_floats = |slot: &Slot| matches!(slot, Slot::Floats(_));
    let (floats, codes): (Vec<usize>, Vec<usize>) = (0..buffers.len()).partition(|buffer| is_floats(&buffers[*buffer]));
    let among = |buffer: usize| {
        let kind = if is_floats(&buffers[buffer]) { &floats } else { &codes };
        kind.partition_point(|other| *other < buffer)
    };
    let places = places.into_iter().map(among).collect();
    (places, floats.iter().chain(&codes).map(|buffer| buffers[*buffer]).collect())
}
