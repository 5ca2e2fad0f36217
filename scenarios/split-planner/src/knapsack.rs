//! One item of each class, the least loss within a budget: the multiple-choice knapsack problem, exactly.
//!
//! A price finds only what lies on the convex hull, and leaves part of the budget over. Its bound makes the rest short:
//! a depth-first search settles one class after the other, and turns back where what is settled, plus the bound of what
//! is not, is no better than the best found so far.

use crate::lagrange::{Item, Walk};

/// How many branches are looked at before the search is given up.
const MOST_BRANCHES: usize = 20_000;

/// Losses that differ by less than this part are equal, which is what rounding leaves of a sum.
const ROUNDING: f64 = 1e-12;

/// The best items found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Packed {
    pub items: Vec<usize>,
    pub loss: f64,
    /// Whether nothing loses less, but for rounding.
    pub is_best: bool,
}

/// The items of the least total loss whose sizes are within `budget`; none if the smallest are not.
pub(crate) fn pack(classes: &[Vec<Item>], walk: &Walk, budget: u64) -> Option<Packed> {
    let priced = walk.at(budget)?;
    let items = walk.choice(&priced);
    let loss = total_loss(classes, &items);
    let mut search = Search::new(classes, priced.price, items, loss);
    search.settle(0, budget, 0.0);
    let Search { best, branches, .. } = search;
    Some(Packed { loss: total_loss(classes, &best), items: best, is_best: branches <= MOST_BRANCHES })
}

fn total_loss(classes: &[Vec<Item>], items: &[usize]) -> f64 {
    items.iter().zip(classes).map(|(item, class)| class[*item].loss).sum()
}

struct Search<'a> {
    classes: &'a [Vec<Item>],
    price: f64,
    /// The order in which classes are settled: those with the most at stake first.
    order: Vec<usize>,
    /// The items of each class in the order of loss + price·size.
    items: Vec<Vec<usize>>,
    /// The least loss + price·size, and the least size, of the classes from a place in the order on.
    rest: Vec<(f64, u64)>,
    at: Vec<usize>,
    best: Vec<usize>,
    best_loss: f64,
    branches: usize,
}

impl<'a> Search<'a> {
    fn new(classes: &'a [Vec<Item>], price: f64, best: Vec<usize>, best_loss: f64) -> Self {
        let priced = |item: &Item| item.loss + price * item.size as f64;
        let sorted = |class: &Vec<Item>| {
            let mut items: Vec<usize> = (0..class.len()).collect();
            items.sort_by(|a, b| priced(&class[*a]).total_cmp(&priced(&class[*b])));
            items
        };
        let largest = |class: &usize| classes[*class].iter().map(|item| item.size).max().unwrap_or(0);
        let mut order: Vec<usize> = (0..classes.len()).collect();
        order.sort_by_key(|class| std::cmp::Reverse(largest(class)));
        let items: Vec<Vec<usize>> = classes.iter().map(sorted).collect();
        let mut rest = vec![(0.0, 0)];
        for class in order.iter().rev() {
            let (least, smallest) = rest[rest.len() - 1];
            let size = classes[*class].iter().map(|item| item.size).min().unwrap_or(0);
            rest.push((least + priced(&classes[*class][items[*class][0]]), smallest + size));
        }
        rest.reverse();
        Self { classes, price, order, items, rest, at: best.clone(), best, best_loss, branches: 0 }
    }

    /// Settles the classes from `place` in the order on, with `left` of the budget, after those before lost `lost`.
    fn settle(&mut self, place: usize, left: u64, lost: f64) {
        let Some(class) = self.order.get(place).copied() else {
            if lost < self.best_loss {
                (self.best_loss, self.best) = (lost, self.at.clone());
            }
            return;
        };
        let (least, smallest) = self.rest[place + 1];
        for index in 0..self.items[class].len() {
            let item = self.items[class][index];
            let Item { size, loss } = self.classes[class][item];
            let bound = lost + loss + self.price * size as f64 + least - self.price * left as f64;
            if bound >= self.best_loss * (1.0 - ROUNDING) {
                // Items come in the order of this bound.
                break;
            }
            self.branches += 1;
            if self.branches > MOST_BRANCHES {
                return;
            }
            if size + smallest <= left {
                self.at[class] = item;
                self.settle(place + 1, left - size, lost + loss);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packed(classes: &[Vec<Item>], budget: u64) -> Option<Packed> {
        pack(classes, &Walk::new(classes), budget)
    }

    /// Every choice, one after the other.
    fn brute_force(classes: &[Vec<Item>], budget: u64) -> Option<f64> {
        let mut sums = vec![(0, 0.0)];
        for class in classes {
            let longer = |(size, loss): &(u64, f64)| {
                let (size, loss) = (*size, *loss);
                class.iter().map(move |item| (size + item.size, loss + item.loss))
            };
            sums = sums.iter().flat_map(longer).collect();
        }
        sums.into_iter().filter(|(size, _)| *size <= budget).map(|(_, loss)| loss).min_by(f64::total_cmp)
    }

    /// With a budget of 6, a price stops at sizes 2 + 2, loss 8 + 1: the next step, to (8, 0), does not fit. The second
    /// class alone can be improved to 2 + 4, loss 8 + 0, but 4 + 2 loses 6.5 + 1, though (4, 6.5) lies above the line
    /// from (2, 8) to (8, 0), which is at 5 1/3 there.
    #[test]
    fn what_is_left_is_filled_from_above_the_hull() {
        let class = |figures: [(u64, f64); 3]| figures.map(|(size, loss)| Item { size, loss }).to_vec();
        let classes = [class([(2, 8.0), (4, 6.5), (8, 0.0)]), class([(1, 4.0), (2, 1.0), (4, 0.0)])];
        let found = packed(&classes, 6).unwrap();
        assert_eq!((found.loss, found.is_best), (7.5, true));
        assert_eq!(packed(&classes, 2), None);
    }

    fn classes() -> impl Strategy<Value = Vec<Vec<Item>>> {
        let item = (0u64..40, 0u32..40).prop_map(|(size, loss)| Item { size, loss: f64::from(loss) });
        prop::collection::vec(prop::collection::vec(item, 1..5), 1..7)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]
        #[test]
        fn nothing_loses_less(classes in classes(), budget in 0u64..200) {
            let walk = Walk::new(&classes);
            let (found, best) = (pack(&classes, &walk, budget), brute_force(&classes, budget));
            prop_assert_eq!(found.as_ref().map(|found| found.loss), best);
            if let (Some(found), Some(priced), Some(best)) = (found, walk.at(budget), best) {
                prop_assert!(found.is_best && priced.bound <= best * (1.0 + 1e-9));
                let size: u64 = found.items.iter().zip(&classes).map(|(item, class)| class[*item].size).sum();
                prop_assert!(size <= budget);
            }
        }
    }
}
