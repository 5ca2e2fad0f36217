use proptest::prelude::*;

use super::*;

const BITS: f64 = PACKET * 8.0;

fn millis(count: f64) -> Span {
    Span::from_secs(count * 1e-3)
}

fn at(seconds: f64) -> Time {
    Time::ZERO + Span::from_secs(seconds)
}

/// When the last bit of a transfer that begins at 0 is through, at a constant rate.
fn end(mut transfer: Transfer, rate: f64) -> Time {
    let mut now = Time::ZERO;
    loop {
        now = now + Span::from_secs_up(transfer.burst(now) / rate);
        match transfer.through(now) {
            Some(next) => now = next,
            None => return now,
        }
    }
}

/// The slow twin: packet after packet. One more may be under way for each acknowledgement, which arrives a round trip
/// after its packet was sent; so packet k may follow when (k − window) / 2 others, and one more, are acknowledged.
fn packet_by_packet(bits: f64, window: usize, round_trip: f64, rate: f64) -> f64 {
    let packets = (bits / BITS).ceil() as usize;
    let mut sent: Vec<f64> = Vec::new();
    for k in 0..packets {
        let before = sent.last().copied().unwrap_or(0.0);
        let may = if k < window { 0.0 } else { sent[(k - window) / 2] + round_trip };
        let size = if k + 1 == packets { bits - BITS * k as f64 } else { BITS };
        sent.push(before.max(may) + size / rate);
    }
    sent.last().copied().unwrap_or(0.0)
}

proptest! {
    #[test]
    fn bursts_end_when_packets_do(
        bytes in 1u32..2_000_000, window in 1u32..40, round_trip in 0.0..0.3f64, rate in 1e5..1e9f64,
    ) {
        let bits = f64::from(bytes) * 8.0;
        let bursts = end(Transfer::new(bits, Some(window), Time::ZERO, Span::from_secs(round_trip)), rate).as_secs();
        let packets = packet_by_packet(bits, window as usize, round_trip, rate);
        // Each burst ends at a whole nanosecond.
        prop_assert!((bursts - packets).abs() < 1e-7, "{bursts} s, packet by packet {packets} s");
    }

    /// The formula of the module: every burst but the last leaves the rest of its round trip unused.
    #[test]
    fn pauses_follow_the_formula(
        bytes in 1u32..2_000_000, window in 1u32..40, round_trip in 0.0..0.3f64, rate in 1e5..1e9f64,
    ) {
        let bits = f64::from(bytes) * 8.0;
        let bursts = end(Transfer::new(bits, Some(window), Time::ZERO, Span::from_secs(round_trip)), rate).as_secs();
        let (mut pauses, mut burst, mut left) = (0.0, f64::from(window), bits / BITS);
        while left > burst {
            pauses += (round_trip + (1.0 - burst) * BITS / rate).max(0.0);
            (left, burst) = (left - burst, 2.0 * burst);
        }
        prop_assert!((bursts - bits / rate - pauses).abs() < 1e-7, "{bursts}: {pauses} beside {}", bits / rate);
    }
}

/// 40 kB are 28 packets: 10, 18. At 11.68 Mbps a packet takes 1 ms, and a round trip of 23 ms leaves 23 + 1 − 10 ms
/// unused after the first ten.
#[test]
fn a_small_transfer_waits_once() {
    let transfer = |round_trip| Transfer::new(28.0 * BITS, Some(10), Time::ZERO, millis(round_trip));
    assert_eq!(end(transfer(23.0), 11.68e6), at(0.028 + 0.014));
    // The first acknowledgement comes just when the tenth packet is through.
    assert_eq!(end(transfer(9.0), 11.68e6), at(0.028));
    assert_eq!(end(Transfer::new(28.0 * BITS, None, Time::ZERO, millis(23.0)), 11.68e6), at(0.028));
}

/// What a device knows of a transfer while it is under way.
#[test]
fn a_transfer_says_what_is_left() {
    let mut transfer = Transfer::new(28.0 * BITS, Some(10), Time::ZERO, millis(23.0));
    assert!(transfer.pauses() && transfer.left() == 28.0 * BITS);
    assert_eq!(transfer.burst(at(1.0)), 10.0 * BITS);
    assert!(!transfer.pauses() && transfer.left() == 18.0 * BITS);
    assert_eq!(transfer.through(at(1.010)), Some(at(1.024)));
    assert!(transfer.pauses());
    assert_eq!((transfer.burst(at(1.024)), transfer.left()), (18.0 * BITS, 0.0));
    assert_eq!(transfer.through(at(1.042)), None);
}

/// A connection that was just used is open, and goes on with the window it has reached.
#[test]
fn a_connection_is_kept_for_its_time() {
    let transport = Transport {
        round_trips: 2,
        initial_window: Some(10),
        idle_reset: false,
        keep_alive: Some(Delay::new(5.0)),
        ..Transport::default()
    };
    let mut connection = Connection::default();
    assert_eq!(connection.open(&transport, at(1.0), millis(30.0)), millis(60.0));
    let mut first = connection.send(&transport, 28.0 * BITS, at(1.06), millis(30.0));
    assert_eq!(first.burst(at(1.06)), 10.0 * BITS);
    first.through(at(1.07));
    first.burst(at(1.091));
    first.through(at(1.2));
    connection.transferred(Direction::Up, &first, at(1.2));
    // Open, with a window of twenty; the other direction begins with its own.
    let mut kept = connection;
    assert_eq!(kept.open(&transport, at(6.199), millis(30.0)), Span::ZERO);
    let burst = |c: &mut Connection| c.send(&transport, 90.0 * BITS, at(6.199), millis(30.0)).burst(at(6.199)) / BITS;
    assert_eq!(burst(&mut kept), 20.0);
    let down = |sent| kept.clone().receive(&transport, sent, 90.0 * BITS, at(6.199), millis(30.0)).burst(at(6.199));
    assert_eq!(down(&first) / BITS, 10.0);
    // Closed five seconds after it was used.
    assert_eq!(connection.open(&transport, at(6.2), millis(30.0)), millis(60.0));
    assert_eq!(burst(&mut connection), 10.0);
}

/// Two appeals that overlap, each on a connection of its own: the answer to the first one, 30 packets in windows of ten
/// and twenty, leaves the second one's window at ten.
#[test]
fn windows_belong_to_a_connection() {
    let transport = Transport {
        round_trips: 1,
        initial_window: Some(10),
        keep_alive: Some(Delay::new(0.0)),
        ..Transport::default()
    };
    let mut connection = Connection::default();
    let sent = [1.0, 1.1].map(|seconds| {
        connection.open(&transport, at(seconds), millis(30.0));
        let mut sent = connection.send(&transport, BITS, at(seconds), millis(30.0));
        sent.burst(at(seconds));
        connection.transferred(Direction::Up, &sent, at(seconds));
        sent
    });
    let mut answers = sent.map(|sent| connection.receive(&transport, &sent, 30.0 * BITS, at(1.11), millis(30.0)));
    let [first, second] = &mut answers;
    assert_eq!(first.burst(at(1.11)) / BITS, 10.0);
    first.through(at(1.115));
    connection.transferred(Direction::Down, first, at(1.12));
    assert_eq!(second.burst(at(1.12)) / BITS, 10.0);
    second.through(at(1.125));
    connection.transferred(Direction::Down, second, at(1.13));
    // Only what was received over the latest one counts for it.
    let next = connection.receive(&transport, &sent[1], 30.0 * BITS, at(1.14), millis(30.0)).burst(at(1.14));
    let earlier = connection.receive(&transport, &sent[0], 30.0 * BITS, at(1.14), millis(30.0)).burst(at(1.14));
    assert_eq!((next / BITS, earlier / BITS), (20.0, 10.0));
}

/// It begins with the initial window again when it was idle for longer than a round trip and the timeout.
#[test]
fn an_idle_connection_starts_slowly_again() {
    let transport = |idle_reset| Transport {
        initial_window: Some(10),
        idle_reset,
        min_rto: Some(Duration::new(0.2)),
        ..Transport::default()
    };
    let used = Connection { number: 0, used: Some(at(1.0)), up: Some(40), down: None };
    let window = |idle_reset, now| {
        let mut connection = used;
        let transport = transport(idle_reset);
        assert_eq!(connection.open(&transport, now, millis(30.0)), Span::ZERO);
        connection.send(&transport, 90.0 * BITS, now, millis(30.0)).burst(now) / BITS
    };
    assert_eq!([at(1.23), at(1.231), at(9.0)].map(|now| window(true, now)), [40.0, 10.0, 10.0]);
    assert_eq!(window(false, at(9.0)), 40.0);
}

/// A round trip of 30 ms, and a timeout of 230 ms, then twice that, and so on; never more than a minute.
#[test]
fn losses_cost_a_round_trip_or_a_timeout() {
    let transport = Transport { min_rto: Some(Duration::new(0.2)), ..Transport::default() };
    let after = |rounds, packets| {
        transport.recovery(Lost { packets: f64::from(rounds), rounds }, packets, millis(30.0)).as_secs() * 1e3
    };
    let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-5, "{found} ms, not {expected}");
    close(after(0, 28.0), 0.0);
    close(after(1, 28.0), 30.0);
    close(after(2, 28.0), 30.0 + 230.0);
    close(after(3, 4.0), 30.0 + 230.0 + 460.0);
    // Three packets: nothing that follows can reveal a loss.
    close(after(1, 3.0), 230.0);
    close(after(2, 1.0), 230.0 + 460.0);
    // 0.23 · 2^8 s is 58.88 s, the next would be longer than a minute.
    close(after(10, 1.0), 230.0 * 511.0 + 60_000.0);
    let at_once = Transport::default();
    assert_eq!(at_once.recovery(Lost { packets: 3.0, rounds: 3 }, 1.0, millis(30.0)), Span::ZERO);
}

#[test]
fn what_cannot_be_is_said() {
    let error = Transport { initial_window: Some(0), ..Transport::default() }.check().unwrap_err();
    assert_eq!((error.figure, error.what.as_str()), ("initial-window", "a connection begins with at least 1 packet"));
}

#[test]
fn a_pause_is_counted_from_the_end_of_a_burst() {
    let mut transfer = Transfer::new(28.0 * BITS, Some(10), at(1.0), millis(23.0));
    assert_eq!(transfer.paused(at(1.5)), millis(500.0));
    transfer.burst(at(1.5));
    assert_eq!(transfer.paused(at(1.6)), Span::ZERO);
    transfer.through(at(1.7));
    assert_eq!((transfer.paused(at(1.75)), transfer.packets()), (millis(50.0), Some(20)));
    assert_eq!((Transfer::NOTHING.left(), Transfer::NOTHING.pauses(), Transfer::NOTHING.packets()), (0.0, true, None));
}

/// Round trips come with every transfer only if no connection is kept.
#[test]
fn each_transfer_opens_a_connection_if_none_is_kept() {
    let each = |keep_alive: Option<f64>| {
        Transport { round_trips: 2, keep_alive: keep_alive.map(Delay::new), ..Transport::default() }.round_trips_each()
    };
    assert_eq!([Some(0.0), Some(1.0), None].map(each), [2, 0, 0]);
    assert_eq!(Transport::default().check(), Ok(()));
    assert_eq!(Transport { initial_window: Some(1), ..Transport::default() }.check(), Ok(()));
    let read = |text: &str| serde_yaml::from_str::<Transport>(text).unwrap();
    assert!(read("{}").idle_reset && !read("{idle-reset: false}").idle_reset && read("{}") == Transport::default());
}
