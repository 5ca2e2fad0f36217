//! A rate limit that allows bursts.

use crate::time::{Span, Time};

/// Tokens are added at `rate` a second and at most `burst` are kept. A request takes its tokens, or learns when there
/// will be enough. Starts full.
#[derive(Clone, Debug)]
pub struct TokenBucket {
    rate: f64,
    burst: f64,
    tokens: f64,
    since: Time,
}

impl TokenBucket {
    /// # Panics
    /// If `rate` or `burst` is not above 0.
    pub fn new(rate: f64, burst: f64) -> Self {
        assert!(rate > 0.0 && burst > 0.0, "a bucket that never gives anything");
        Self { rate, burst, tokens: burst, since: Time::ZERO }
    }

    /// Tokens in it at `now`.
    pub fn tokens(&self, now: Time) -> f64 {
        (self.tokens + self.rate * now.since(self.since).as_secs()).min(self.burst)
    }

    /// Takes `amount` tokens at `now`.
    ///
    /// # Errors
    /// When there are too few: the instant at which there will be enough if none are taken before; never, that is
    /// [`Time::MAX`], if `amount` is more than the bucket holds.
    pub fn take(&mut self, now: Time, amount: f64) -> Result<(), Time> {
        self.tokens = self.tokens(now);
        self.since = self.since.max(now);
        // A thousandth of a billionth of a bucket is rounding.
        let missing = amount - self.tokens;
        if missing <= 1e-12 * self.burst {
            self.tokens = (self.tokens - amount).max(0.0);
            return Ok(());
        }
        let wait = if amount > self.burst { Span::MAX } else { Span::from_secs_up(missing / self.rate) };
        Err(self.since + wait)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// After waiting until the returned instant, tokens are granted, and over any time no more pass than
        /// burst + rate · time.
        #[test]
        fn what_passes_is_limited(asks in prop::collection::vec((0u64..2_000_000_000, 0.0f64..5.0), 1..80)) {
            let (rate, burst) = (2.0, 5.0);
            let mut bucket = TokenBucket::new(rate, burst);
            let (mut now, mut passed) = (Time::ZERO, Vec::new());
            for (gap, amount) in asks {
                now = now + Span::from_nanos(gap);
                if let Err(at) = bucket.take(now, amount) {
                    prop_assert!(at > now);
                    now = at;
                    prop_assert_eq!(bucket.take(now, amount), Ok(()));
                }
                passed.push((now, amount));
            }
            for (first, (from, _)) in passed.iter().enumerate() {
                let mut sum = 0.0;
                for (to, amount) in &passed[first..] {
                    sum += amount;
                    prop_assert!(sum <= burst + rate * (*to - *from).as_secs() + 1e-6);
                }
            }
        }
    }

    #[test]
    fn more_than_it_holds_never_passes() {
        assert_eq!(TokenBucket::new(1.0, 2.0).take(Time::ZERO, 3.0), Err(Time::MAX));
    }

    /// Two tokens a second, five at most. Four are taken at 1 s; the fifth and half a second's worth are two at 1.5 s,
    /// and three more are there at 2 s; ten seconds later it is full again.
    #[test]
    fn tokens_come_at_their_rate() {
        let at = |seconds: f64| Time::ZERO + Span::from_secs(seconds);
        let mut bucket = TokenBucket::new(2.0, 5.0);
        assert_eq!((bucket.tokens(at(1.0)), bucket.take(at(1.0), 4.0)), (5.0, Ok(())));
        assert_eq!((bucket.tokens(at(1.5)), bucket.take(at(1.5), 3.0)), (2.0, Err(at(2.0))));
        assert_eq!((bucket.take(at(2.0), 3.0), bucket.tokens(at(2.0))), (Ok(()), 0.0));
        assert_eq!(bucket.tokens(at(12.0)), 5.0);
        assert_eq!(bucket.take(at(12.0), 5.0), Ok(()), "all that it holds");
        assert_eq!(bucket.take(at(12.0), 5.0), Err(at(14.5)), "and again");
        // Of a million tokens a millionth of one is rounding, two are not.
        let million = || TokenBucket::new(1.0, 1e6);
        assert_eq!(million().take(at(0.0), 1e6 + 5e-7), Ok(()));
        assert!(million().take(at(0.0), 1e6 + 2e-6).is_err());
    }

    #[test]
    fn a_bucket_gives_something() {
        for (rate, burst) in [(0.0, 1.0), (1.0, 0.0), (-1.0, 1.0)] {
            assert!(std::panic::catch_unwind(|| TokenBucket::new(rate, burst)).is_err(), "{rate}, {burst}");
        }
    }
}
