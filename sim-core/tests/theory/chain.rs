//! Queues in which everything is exponential, as Markov chains: the mean of a reward, and how much it scatters.

/// The number present: arrivals at a constant rate, customers who leave served and customers who give up.
///
/// States beyond the last are so rare that they do not matter, or arrivals there are lost.
pub struct Chain {
    arrivals: f64,
    /// In each state, how many a second leave served, and how many give up.
    leave: Vec<(f64, f64)>,
    /// The share of the time spent in each state.
    shares: Vec<f64>,
}

/// What is counted.
#[derive(Default)]
pub struct Reward<'a> {
    /// Each second, by the number present.
    pub a_second: Option<&'a dyn Fn(usize) -> f64>,
    /// For each arrival that is lost.
    pub a_loss: f64,
    /// For each customer who gives up.
    pub a_renege: f64,
}

impl Chain {
    pub fn new(arrivals: f64, leave: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let leave: Vec<(f64, f64)> = leave.into_iter().collect();
        let mut shares = vec![1.0];
        for state in 1..leave.len() {
            shares.push(shares[state - 1] * arrivals / (leave[state].0 + leave[state].1));
        }
        let total: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= total);
        Self { arrivals, leave, shares }
    }

    /// M/M/c, with any number waiting.
    pub fn m_m_c(arrivals: f64, servers: usize) -> Self {
        Self::new(arrivals, (0..400).map(|present| (present.min(servers) as f64, 0.0)))
    }

    /// The mean reward a second.
    pub fn a_second(&self, reward: &Reward) -> f64 {
        (0..self.shares.len()).map(|state| self.shares[state] * self.expected(reward, state)).sum()
    }

    /// The mean reward an arrival.
    pub fn an_arrival(&self, reward: &Reward) -> f64 {
        self.a_second(reward) / self.arrivals
    }

    /// The variance of the reward over t seconds, over t².
    pub fn variance_a_second(&self, reward: &Reward) -> f64 {
        self.variance(reward, 0.0)
    }

    /// The same for the reward over the number of arrivals, by the delta method: it is the variance of the reward less
    /// its mean for each arrival.
    pub fn variance_an_arrival(&self, reward: &Reward) -> f64 {
        self.variance(reward, self.an_arrival(reward)) / self.arrivals.powi(2)
    }

    /// What a state is expected to bring a second.
    fn expected(&self, reward: &Reward, state: usize) -> f64 {
        let full = state + 1 == self.shares.len();
        let lost = if full { self.arrivals * reward.a_loss } else { 0.0 };
        reward.a_second.map_or(0.0, |of| of(state)) + lost + self.leave[state].1 * reward.a_renege
    }

    /// With every arrival taken to bring `an_arrival` less.
    ///
    /// A solution of Poisson's equation turns the reward into a martingale, whose variance is that of its jumps
    /// (Whitt, "Asymptotic formulas for Markov processes", 1992). In a chain of neighbours the solution's differences
    /// are sums: what the states above bring more than the mean, over the rate at which they are entered from below.
    fn variance(&self, reward: &Reward, an_arrival: f64) -> f64 {
        let mean = self.a_second(reward);
        // What the states above each bring more than the mean, added up from the rarest: nothing is lost by rounding.
        let mut more = vec![0.0; self.shares.len()];
        for state in (1..more.len()).rev() {
            more[state - 1] = more[state] + self.shares[state] * (self.expected(reward, state) - mean);
        }
        // The difference of the solution between a state and the one below.
        let (mut below, mut variance) = (0.0f64, 0.0);
        for (state, share) in self.shares.iter().enumerate() {
            let full = state + 1 == self.shares.len();
            let above = more[state] / (share * self.arrivals);
            let arrives = if full { reward.a_loss - an_arrival } else { above - an_arrival };
            let (served, reneges) = self.leave[state];
            variance += share
                * (self.arrivals * arrives.powi(2)
                    + served * below * below
                    + reneges * (reward.a_renege - below).powi(2));
            below = above;
        }
        variance
    }
}

/// The mean number present in M/M/1 has variance 2ρ(1 + ρ)/(1 − ρ)⁴ over t, in units of the service time; the share of
/// the time that something alternates into, for exponential spells of means 1 and 1/λ, 2λ/(1 + λ)³.
#[test]
fn scatter_is_that_of_closed_forms() {
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9 * b, "{a}, not {b}");
    let present = Reward { a_second: Some(&|present| present as f64), ..Reward::default() };
    close(Chain::m_m_c(0.5, 1).variance_a_second(&present), 2.0 * 0.5 * 1.5 / 0.5f64.powi(4));
    let busy = Chain::new(0.5, [(0.0, 0.0), (1.0, 0.0)]);
    close(busy.variance_a_second(&present), 2.0 * 0.5 / 1.5f64.powi(3));
}
