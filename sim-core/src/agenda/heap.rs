//! A 4-ary heap whose root may be a hole.
//!
//! Most events schedule another one. Taking the least entry therefore leaves a hole at the root, and the next entry
//! starts there: one walk down the heap instead of one down and one up.
//!
//! The four children of an entry lie side by side as one family; where a family has fewer, entries later than everything
//! stand in. So the least of a family is found by a tournament of fixed length without a branch that could be
//! mispredicted.

use super::Event;
use super::entry::Entry;

const ARITY: usize = 4;

type Family<E> = [Entry<E>; ARITY];

pub struct Heap<E> {
    /// The least entry, unless there is a hole.
    root: Option<Entry<E>>,
    /// Family 0 are the root's children; those of member m of family f are family 4f + m + 1.
    families: Vec<Family<E>>,
    /// Entries in families.
    members: usize,
    /// Whether the root is gone though there may be members.
    hole: bool,
}

impl<E> Default for Heap<E> {
    fn default() -> Self {
        Self { root: None, families: Vec::new(), members: 0, hole: false }
    }
}

impl<E: Event> Heap<E> {
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.members + usize::from(self.root.is_some())
    }

    /// Puts an entry into the hole; says whether there was one.
    #[inline(always)]
    pub fn fill(&mut self, entry: Entry<E>) -> bool {
        let hole = std::mem::take(&mut self.hole);
        if hole {
            self.sink(entry);
        }
        hole
    }

    /// Adds an entry, when there is no hole.
    #[inline]
    pub fn push(&mut self, entry: Entry<E>) {
        debug_assert!(!self.hole, "the hole was not filled");
        let Some(root) = &mut self.root else {
            self.root = Some(entry);
            return;
        };
        // Walk up to the root, moving down what is later.
        let entry = if entry.key() < root.key() { std::mem::replace(root, entry) } else { entry };
        let (mut family, mut member) = (self.members / ARITY, self.members % ARITY);
        self.members += 1;
        if family == self.families.len() {
            self.families.push([Entry::last(entry); ARITY]);
        }
        while family > 0 {
            let (above, parent) = ((family - 1) / ARITY, (family - 1) % ARITY);
            if self.families[above][parent].key() < entry.key() {
                break;
            }
            self.families[family][member] = self.families[above][parent];
            (family, member) = (above, parent);
        }
        self.families[family][member] = entry;
    }

    /// Sees to it that there is no hole.
    #[inline(always)]
    pub fn close(&mut self) {
        if self.hole {
            self.close_hole();
        }
    }

    #[inline(never)]
    fn close_hole(&mut self) {
        self.hole = false;
        if let Some(last) = self.pop_member() {
            self.sink(last);
        }
    }

    /// The least entry, when there is no hole.
    #[inline(always)]
    pub fn root(&self) -> Option<&Entry<E>> {
        debug_assert!(!self.hole, "the heap was not closed");
        self.root.as_ref()
    }

    /// Takes the least entry, when there is no hole; there is one then.
    #[inline(always)]
    pub fn take(&mut self) -> Option<Entry<E>> {
        let root = self.root.take();
        self.hole = root.is_some();
        root
    }

    /// Keeps the entries that `keep` says.
    pub fn retain(&mut self, mut keep: impl FnMut(&Entry<E>) -> bool) {
        self.drain().into_iter().filter(|entry| keep(entry)).for_each(|entry| self.push(entry));
    }

    /// All entries, in no order; the heap is empty afterwards.
    pub fn drain(&mut self) -> Vec<Entry<E>> {
        self.close();
        let mut all = Vec::with_capacity(self.len());
        all.extend(self.root.take());
        all.extend(self.families.iter().flatten().take(self.members));
        self.families.clear();
        self.members = 0;
        all
    }

    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.families.capacity() * size_of::<Family<E>>()
    }

    fn pop_member(&mut self) -> Option<Entry<E>> {
        self.members = self.members.checked_sub(1)?;
        let member = &mut self.families[self.members / ARITY][self.members % ARITY];
        Some(std::mem::replace(member, Entry::last(*member)))
    }

    /// Lets `entry` fall from the empty root to where it belongs.
    #[inline(always)]
    fn sink(&mut self, entry: Entry<E>) {
        let key = entry.key();
        let mut family = 0;
        let Some(children) = self.families.first() else {
            self.root = Some(entry);
            return;
        };
        let (mut member, child) = least(children);
        if key < child.key() {
            self.root = Some(entry);
            return;
        }
        self.root = Some(*child);
        loop {
            let below = ARITY * family + member + 1;
            let Some(children) = self.families.get(below) else { break };
            let (least, child) = least(children);
            if key < child.key() {
                break;
            }
            self.families[family][member] = *child;
            (family, member) = (below, least);
        }
        self.families[family][member] = entry;
    }
}

/// The least of a family, by a tournament whose results are numbers and not branches.
#[inline(always)]
fn least<E: Event>(family: &Family<E>) -> (usize, &Entry<E>) {
    let left = usize::from(family[1].key() < family[0].key());
    let right = 2 + usize::from(family[3].key() < family[2].key());
    let right_wins = usize::from(family[right].key() < family[left].key());
    let least = (left + right_wins * (right - left)) % ARITY;
    (least, &family[least])
}
