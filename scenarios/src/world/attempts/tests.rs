use device_models::units::{Delay, Duration, Factor, Share};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;

fn at(seconds: f64) -> Time {
    Time::ZERO + Span::from_secs(seconds)
}

fn retry(attempts: u8, after: f64, backoff: f64, factor: f64, jitter: f64) -> Retry {
    Retry {
        attempts,
        after: Duration::new(after),
        backoff: Delay::new(backoff),
        factor: Factor::new(factor),
        jitter: Share::new(jitter),
    }
}

/// A tenth of a second, then three times as long each time, less up to half of it.
#[test]
fn each_wait_is_longer_and_chance_shortens_it() {
    let retry = retry(9, 1.0, 0.1, 3.0, 0.5);
    let millis = |made, chance| wait(&retry, made, chance).as_secs() * 1e3;
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "{a}, not {b}");
    close(millis(1, 0.0), 100.0);
    close(millis(2, 0.0), 300.0);
    close(millis(4, 0.0), 2700.0);
    // A fifth of the half.
    close(millis(2, 0.2), 300.0 * 0.9);
    close(millis(1, 1.0), 50.0);
}

/// Three attempts, each given 300 ms; the waits are 100 ms and 200 ms, less up to half.
#[test]
fn three_attempts_fail() {
    let retry = Some(&retry(3, 0.3, 0.1, 2.0, 0.5));
    let mut request = Attempts::default();
    assert_eq!(request.begin(), Next::Send { attempt: 0 });
    assert_eq!(request.sent(0, retry, at(1.0)), Next::Wait { attempt: 0, until: at(1.3) });
    // Nothing is cut from 100 ms.
    assert_eq!(request.unanswered(0, retry, 0.0, at(1.3)), Next::BackOff { attempt: 1, until: at(1.4) });
    assert_eq!(request.back_off_is_over(1), Next::Send { attempt: 1 });
    assert_eq!(request.sent(1, retry, at(1.5)), Next::Wait { attempt: 1, until: at(1.8) });
    // Half of the half is cut from 200 ms.
    assert_eq!(request.refused(1, retry, 0.5, at(1.6)), Next::BackOff { attempt: 2, until: at(1.75) });
    assert_eq!(request.back_off_is_over(2), Next::Send { attempt: 2 });
    assert_eq!(request.sent(2, retry, at(2.0)), Next::Wait { attempt: 2, until: at(2.3) });
    assert!(request.awaits(2) && !request.awaits(1));
    assert_eq!(request.unanswered(2, retry, 0.0, at(2.3)), Next::GiveUp(Failure::TimedOut));
    assert!(request.is_over() && !request.awaits(2));
    assert_eq!(request.made(), 3);
}

/// The first attempt was given up, so only an answer to the second counts; and once that comes in, only the request's
/// own time limit can still end it.
#[test]
fn an_answer_counts_if_it_is_to_the_current_attempt() {
    let retry = Some(&retry(2, 0.3, 0.1, 2.0, 0.0));
    let mut request = Attempts::default();
    request.begin();
    request.sent(0, retry, at(1.0));
    request.unanswered(0, retry, 0.0, at(1.3));
    assert_eq!(request.heard(0), Next::Nothing);
    assert_eq!(request.back_off_is_over(1), Next::Send { attempt: 1 });
    request.sent(1, retry, at(1.5));
    assert_eq!((request.heard(0), request.answered(0)), (Next::Nothing, Next::Nothing));
    assert_eq!(request.answered(1), Next::Nothing, "before it has been heard of");
    assert_eq!(request.heard(1), Next::Receive);
    assert_eq!(request.unanswered(1, retry, 0.0, at(1.8)), Next::Nothing);
    let mut in_time = request;
    assert_eq!(in_time.answered(1), Next::Accept);
    assert_eq!(in_time.time_limit_is_over(), Next::Nothing);
    assert_eq!(request.time_limit_is_over(), Next::GiveUp(Failure::TimedOut));
    assert_eq!(request.answered(1), Next::Nothing);
}

/// Then an attempt has no time limit, and a refusal is final, even one that comes while it is still being sent.
#[test]
fn there_is_one_attempt_if_none_is_tried_again() {
    let mut request = Attempts::default();
    request.begin();
    let mut early = request;
    assert_eq!(early.refused(0, None, 0.0, at(0.9)), Next::GiveUp(Failure::Refused));
    assert_eq!(request.sent(0, None, at(1.0)), Next::Nothing);
    assert_eq!(request.refused(0, None, 0.0, at(1.1)), Next::GiveUp(Failure::Refused));
}

/// Something that is said to [`Attempts`].
#[derive(Clone, Copy, Debug)]
enum What {
    Begin,
    Sent,
    Refused,
    Unanswered,
    BackOffIsOver,
    Heard,
    Answered,
    TimeLimitIsOver,
    End,
}

#[derive(Clone, Copy, Debug)]
struct Said {
    what: What,
    /// The attempt it is about; the current one, if none.
    attempt: Option<u8>,
    chance: f64,
    /// How long after what was said before it.
    after: u64,
}

fn anything() -> impl Strategy<Value = Said> {
    let what = prop_oneof![
        8 => Just(What::Begin),
        24 => Just(What::Sent),
        8 => Just(What::Refused),
        16 => Just(What::Unanswered),
        24 => Just(What::BackOffIsOver),
        4 => Just(What::Heard),
        4 => Just(What::Answered),
        1 => Just(What::TimeLimitIsOver),
        1 => Just(What::End),
    ];
    // An attempt long over, or one that is not yet due.
    let attempt = prop_oneof![4 => Just(None), 1 => (0..10u8).prop_map(Some)];
    let after = prop_oneof![Just(0), 1..3_000_000_000u64];
    (what, attempt, 0.0..=1.0, after).prop_map(|(what, attempt, chance, after)| Said { what, attempt, chance, after })
}

fn any_retry() -> impl Strategy<Value = Option<Retry>> {
    let fields = (2..8u8, 0.001..2.0, 0.0..2.0, 1.0..5.0, 0.0..=1.0);
    option::weighted(
        0.9,
        fields.prop_map(|(attempts, after, backoff, factor, jitter)| retry(attempts, after, backoff, factor, jitter)),
    )
}

fn say(request: &mut Attempts, said: Said, attempt: u8, retry: Option<&Retry>, now: Time) -> Next {
    match said.what {
        What::Begin => request.begin(),
        What::Sent => request.sent(attempt, retry, now),
        What::Refused => request.refused(attempt, retry, said.chance, now),
        What::Unanswered => request.unanswered(attempt, retry, said.chance, now),
        What::BackOffIsOver => request.back_off_is_over(attempt),
        What::Heard => request.heard(attempt),
        What::Answered => request.answered(attempt),
        What::TimeLimitIsOver => request.time_limit_is_over(),
        What::End => {
            request.end();
            Next::Nothing
        }
    }
}

proptest! {
    /// Early, late, twice, of an attempt that is over or has not begun: the laws hold.
    #[test]
    fn whatever_is_said_the_laws_hold(retry in any_retry(), all in vec(anything(), 0..80)) {
        let retry = retry.as_ref();
        let allowed = retry.map_or(1, |retry| retry.attempts);
        let (mut request, mut now) = (Attempts::default(), Time::ZERO);
        let mut begun = 0;
        let mut whole_wait = retry.map_or(0.0, |retry| retry.backoff.get());
        for said in all {
            now = now + Span::from_nanos(said.after);
            let (before, number) = (request, said.attempt.unwrap_or(request.number()));
            let next = say(&mut request, said, number, retry, now);

            let is_of_the_request = matches!(said.what, What::Begin | What::TimeLimitIsOver | What::End);
            if before.is_over() || (number != before.number() && !is_of_the_request) {
                prop_assert_eq!((next, request), (Next::Nothing, before), "what is over, or not due, changes nothing");
            }
            let mut twice = request;
            prop_assert_eq!(say(&mut twice, said, number, retry, now), Next::Nothing, "said twice");
            prop_assert_eq!(twice, request, "said twice");

            match next {
                Next::Nothing | Next::Receive => {}
                Next::Send { attempt } => {
                    prop_assert_eq!(attempt, begun, "attempts are numbered in order");
                    begun += 1;
                    prop_assert!(begun <= allowed, "no more attempts than are allowed");
                }
                Next::Wait { attempt, until } => {
                    prop_assert_eq!(attempt + 1, begun);
                    prop_assert_eq!(until, now + retry.unwrap().after.span());
                }
                Next::BackOff { attempt, until } => {
                    prop_assert_eq!(attempt, begun);
                    prop_assert!(begun < allowed, "there is an attempt to wait for");
                    prop_assert!(until >= now, "never in the past");
                    let uncut = say(&mut { before }, Said { chance: 0.0, ..said }, number, retry, now);
                    let Next::BackOff { until: latest, .. } = uncut else { panic!("chance decides nothing else") };
                    prop_assert!(until <= latest, "chance only shortens");
                    let (least, rounding) = (whole_wait * (1.0 - retry.unwrap().jitter.get()), 1e-9 * (1.0 + whole_wait));
                    prop_assert!((until - now).as_secs() >= least - rounding, "by no more than it may");
                    prop_assert!(((latest - now).as_secs() - whole_wait).abs() <= rounding, "longer by the factor");
                    whole_wait *= retry.unwrap().factor.get();
                }
                Next::Accept => prop_assert!(request.is_over()),
                Next::GiveUp(failure) => {
                    prop_assert!(request.is_over());
                    let all_failed = matches!(said.what, What::Refused | What::Unanswered) && begun == allowed;
                    prop_assert!(all_failed || matches!(said.what, What::TimeLimitIsOver), "it gives up too early");
                    prop_assert_eq!(failure == Failure::Refused, matches!(said.what, What::Refused));
                }
            }
            prop_assert_eq!(request.made(), begun);
            prop_assert!(request.is_over() || !matches!(said.what, What::End));
        }
    }
}
