//! Sharing out memory by a price (Shoham & Gersho, IEEE Trans. ASSP 1988).
//!
//! Classes have items, each with a size and a loss; one item of each class is wanted, with the least total loss within
//! a budget of size. At a price λ of size each class takes the item of the least loss + λ·size, and λ falls until the
//! budget is used up. What a class takes only changes where λ passes a slope of the lower convex hull of its items, so
//! all slopes are sorted once: walking down them visits every solution that some λ has, and no λ needs to be searched.
//!
//! Whatever the budget, Σ min(loss + λ·size) − λ·budget is at most the least total loss, for every λ ≥ 0. The largest
//! of these is what one gets by taking a part of the next step of the walk.

/// One way to settle a class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Item {
    pub size: u64,
    pub loss: f64,
}

/// The walk from the smallest items to those of the least loss.
pub(crate) struct Walk {
    /// The smallest item of each class.
    start: Vec<usize>,
    steps: Vec<Step>,
    /// Total size and loss after so many steps.
    totals: Vec<(u64, f64)>,
}

/// A class moves from one corner of its hull to the next.
#[derive(Clone, Copy)]
struct Step {
    class: usize,
    item: usize,
    /// Loss avoided for each unit of size.
    slope: f64,
}

/// What a price comes to at a budget.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Priced {
    /// The price at which the budget is met.
    pub price: f64,
    /// What no choice within the budget loses less than.
    pub bound: f64,
    /// How many steps of the walk fit.
    steps: usize,
}

impl Walk {
    /// The walk through these classes, none of which is empty.
    pub fn new(classes: &[Vec<Item>]) -> Self {
        let hulls: Vec<Vec<usize>> = classes.iter().map(|class| hull(class)).collect();
        let mut steps = Vec::new();
        for (class, hull) in hulls.iter().enumerate() {
            let slopes = hull.windows(2).map(|pair| (pair[1], slope(classes[class][pair[0]], classes[class][pair[1]])));
            steps.extend(slopes.map(|(item, slope)| Step { class, item, slope }));
        }
        // Stable, so that the steps of a class stay in order even if rounding made two slopes equal.
        steps.sort_by(|a, b| b.slope.total_cmp(&a.slope));
        let start: Vec<usize> = hulls.iter().map(|hull| hull[0]).collect();
        let mut at = start.clone();
        let total = |at: &[usize]| {
            let items = at.iter().zip(classes).map(|(item, class)| class[*item]);
            items.fold((0, 0.0), |(size, loss), item| (size + item.size, loss + item.loss))
        };
        let mut totals = vec![total(&at)];
        for step in &steps {
            let (old, new) = (classes[step.class][at[step.class]], classes[step.class][step.item]);
            let (size, loss) = totals[totals.len() - 1];
            totals.push((size + new.size - old.size, loss + (new.loss - old.loss)));
            at[step.class] = step.item;
        }
        Self { start, steps, totals }
    }

    /// The price that meets a budget; none if not even the smallest choice fits.
    pub fn at(&self, budget: u64) -> Option<Priced> {
        let steps = self.totals.partition_point(|(size, _)| *size <= budget).checked_sub(1)?;
        let (size, loss) = self.totals[steps];
        let price = self.steps.get(steps).map_or(0.0, |step| step.slope);
        Some(Priced { price, bound: loss - price * (budget - size) as f64, steps })
    }

    /// The items taken at a price.
    pub fn choice(&self, priced: &Priced) -> Vec<usize> {
        let mut choice = self.start.clone();
        for step in &self.steps[..priced.steps] {
            choice[step.class] = step.item;
        }
        choice
    }
}

/// The corners of the lower convex hull of a class, from its smallest item to the one of the least loss.
fn hull(class: &[Item]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..class.len()).collect();
    order.sort_by(|a, b| class[*a].size.cmp(&class[*b].size).then(class[*a].loss.total_cmp(&class[*b].loss)));
    let mut hull: Vec<usize> = Vec::new();
    for item in order {
        if hull.last().is_some_and(|last| class[*last].loss <= class[item].loss) {
            continue;
        }
        while let [.., before, last] = hull[..]
            && slope(class[before], class[last]) <= slope(class[last], class[item])
        {
            hull.pop();
        }
        hull.push(item);
    }
    hull
}

fn slope(from: Item, to: Item) -> f64 {
    (from.loss - to.loss) / (to.size - from.size) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(figures: &[(u64, f64)]) -> Vec<Item> {
        figures.iter().map(|(size, loss)| Item { size: *size, loss: *loss }).collect()
    }

    /// Of the first class, (4, 7) lies above the line from (2, 8) to (8, 0), so no price takes it: slope 8/6 = 4/3. The
    /// second class has slopes 3 and 1/2. Walk: sizes 3, 4, 10, 12 and losses 12, 9, 1, 0. A budget of 7 gets one step
    /// and half of the next: price 4/3, bound 9 − 4/3·3 = 5.
    #[test]
    fn a_walk_visits_corners_by_slope() {
        let classes = [items(&[(2, 8.0), (4, 7.0), (8, 0.0)]), items(&[(1, 4.0), (2, 1.0), (4, 0.0)])];
        let walk = Walk::new(&classes);
        assert_eq!(walk.totals, [(3, 12.0), (4, 9.0), (10, 1.0), (12, 0.0)]);
        let priced = walk.at(7).unwrap();
        assert_eq!((priced.price, priced.bound), (4.0 / 3.0, 5.0));
        assert_eq!(walk.choice(&priced), [0, 1]);
        assert_eq!(walk.at(100).map(|priced| walk.choice(&priced)), Some(vec![2, 2]));
        assert_eq!(walk.at(2), None);
    }

    /// Where more bits lose as much or more, or size does not depend on bits, nothing more is taken.
    #[test]
    fn what_does_not_help_is_not_taken() {
        let classes = [items(&[(2, 3.0), (4, 3.0), (8, 5.0)]), items(&[(0, 4.0), (0, 1.0), (0, 2.0)])];
        let walk = Walk::new(&classes);
        assert_eq!(
            walk.at(100).map(|priced| (priced.price, priced.bound, walk.choice(&priced))),
            Some((0.0, 4.0, vec![0, 1]))
        );
    }
}
