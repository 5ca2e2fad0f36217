//! A queue in front of one or more servers.

use std::collections::{BTreeSet, VecDeque};

/// `servers` in parallel and at most `room` waiting jobs, served class by class and within a class first come, first
/// served; a job in service is not interrupted. Returns which job starts; schedules nothing.
///
/// A job that has lost its patience [reneges](Station::renege): it leaves its place in the queue, wherever that is.
#[derive(Clone, Debug)]
pub struct Station<J> {
    servers: u32,
    room: u32,
    busy: u32,
    /// Those of the most urgent class.
    first: Line<J>,
    /// What most stations never need, kept out of line: a model may have very many stations.
    rest: Option<Box<Rest<J>>>,
}

/// Those of one class, in the order they came.
#[derive(Clone, Debug)]
struct Line<J> {
    jobs: VecDeque<J>,
    /// The number of the first place.
    number: u64,
}

#[derive(Clone, Debug)]
struct Rest<J> {
    /// Classes 1 and on.
    lines: Vec<Line<J>>,
    /// Places, of any class, whose jobs have reneged and are to be skipped.
    reneged: BTreeSet<Place>,
}

/// A place in a queue, needed to leave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    class: usize,
    number: u64,
}

/// The outcome of an arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival<J> {
    /// A server was free: it starts now.
    Starts(J),
    /// It waits here; [`Station::depart`] will hand it out.
    Waits(Place),
    /// The queue is full.
    Rejected(J),
}

impl<J> Line<J> {
    const fn new() -> Self {
        Self { jobs: VecDeque::new(), number: 0 }
    }

    #[inline]
    fn push(&mut self, job: J) -> u64 {
        self.jobs.push_back(job);
        self.number + self.jobs.len() as u64 - 1
    }

    /// The first job, and the number its place had.
    #[inline]
    fn pop(&mut self) -> Option<(J, u64)> {
        let job = self.jobs.pop_front()?;
        self.number += 1;
        Some((job, self.number - 1))
    }
}

impl<J> Rest<J> {
    /// Places in the lines of classes 1 and on.
    fn places(&self) -> usize {
        self.lines.iter().map(|line| line.jobs.len()).sum()
    }

    /// The first job of `first` or else of another class that has not reneged.
    fn pop(&mut self, first: &mut Line<J>) -> Option<J> {
        for (class, line) in std::iter::once(first).chain(&mut self.lines).enumerate() {
            while let Some((job, number)) = line.pop() {
                if !self.reneged.remove(&Place { class, number }) {
                    return Some(job);
                }
            }
        }
        None
    }
}

impl<J> Station<J> {
    /// `servers` servers with room for `room` waiting jobs, or any number of them.
    pub fn new(servers: usize, room: Option<usize>) -> Self {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let room = room.map_or(u32::MAX, count);
        Self { servers: count(servers), room, busy: 0, first: Line::new(), rest: None }
    }

    /// A job of the most urgent class arrives.
    #[inline]
    pub fn arrive(&mut self, job: J) -> Arrival<J> {
        self.arrive_as(0, job)
    }

    /// A job of a class arrives; class 0 is served first, then class 1, and so on.
    #[inline]
    pub fn arrive_as(&mut self, class: usize, job: J) -> Arrival<J> {
        if self.busy < self.servers {
            self.busy += 1;
            return Arrival::Starts(job);
        }
        if self.room < u32::MAX && self.waiting() >= self.room as usize {
            return Arrival::Rejected(job);
        }
        Arrival::Waits(Place { class, number: self.line(class).push(job) })
    }

    /// A job of the most urgent class arrives that is never turned away: it waits even where there is no room.
    pub fn insist(&mut self, job: J) -> Arrival<J> {
        if self.busy < self.servers {
            self.busy += 1;
            return Arrival::Starts(job);
        }
        Arrival::Waits(Place { class: 0, number: self.first.push(job) })
    }

    #[inline]
    fn line(&mut self, class: usize) -> &mut Line<J> {
        if class == 0 {
            return &mut self.first;
        }
        let lines = &mut self.rest().lines;
        if lines.len() < class {
            lines.resize_with(class, Line::new);
        }
        &mut lines[class - 1]
    }

    fn rest(&mut self) -> &mut Rest<J> {
        self.rest.get_or_insert_with(|| Box::new(Rest { lines: Vec::new(), reneged: BTreeSet::new() }))
    }

    /// A job leaves the queue from its place; returns whether it was still there.
    pub fn renege(&mut self, place: Place) -> bool {
        let line = self.line(place.class);
        let waits = (line.number..line.number + line.jobs.len() as u64).contains(&place.number);
        waits && self.rest().reneged.insert(place)
    }

    /// A job is done; the one returned starts on its server.
    #[inline]
    pub fn depart(&mut self) -> Option<J> {
        let next = match &mut self.rest {
            None => self.first.pop().map(|(job, _)| job),
            Some(rest) => rest.pop(&mut self.first),
        };
        if next.is_none() {
            self.busy = self.busy.saturating_sub(1);
        }
        next
    }

    /// Jobs in service.
    pub fn busy(&self) -> usize {
        self.busy as usize
    }

    /// Jobs waiting.
    #[inline]
    pub fn waiting(&self) -> usize {
        let (others, gone) = self.rest.as_ref().map_or((0, 0), |rest| (rest.places(), rest.reneged.len()));
        self.first.jobs.len() + others - gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place<J>(arrival: Arrival<J>) -> Place {
        match arrival {
            Arrival::Waits(place) => place,
            _ => panic!("it does not wait"),
        }
    }

    #[test]
    fn classes_are_served_in_turn_and_each_in_order() {
        let mut station = Station::new(1, Some(4));
        assert_eq!(station.arrive('a'), Arrival::Starts('a'));
        for (class, job) in [(2, 'b'), (0, 'c'), (1, 'd'), (0, 'e')] {
            place(station.arrive_as(class, job));
        }
        assert_eq!(station.arrive('f'), Arrival::Rejected('f'));
        assert_eq!((station.busy(), station.waiting()), (1, 4));
        let served: Vec<_> = std::iter::from_fn(|| station.depart()).collect();
        assert_eq!(served, ['c', 'e', 'd', 'b']);
        assert_eq!((station.busy(), station.waiting()), (0, 0));
    }

    #[test]
    fn who_insists_waits_behind_a_full_queue() {
        let mut station = Station::new(1, Some(1));
        assert_eq!(station.insist('a'), Arrival::Starts('a'));
        place(station.arrive('b'));
        place(station.insist('c'));
        assert_eq!((station.waiting(), station.arrive('d')), (2, Arrival::Rejected('d')));
        let served: Vec<_> = std::iter::from_fn(|| station.depart()).collect();
        assert_eq!(served, ['b', 'c']);
    }

    #[test]
    fn who_reneges_is_gone_once_and_makes_room() {
        let mut station = Station::new(1, Some(2));
        station.arrive('a');
        let b = place(station.arrive('b'));
        let c = place(station.arrive('c'));
        assert!(station.renege(b));
        assert!(!station.renege(b));
        place(station.arrive('d'));
        assert_eq!(station.depart(), Some('c'));
        assert!(!station.renege(c), "it is being served");
        assert_eq!(station.depart(), Some('d'));
        assert_eq!(station.depart(), None);
    }

    /// Six jobs of two classes wait; those that renege, from either class, are passed over and no longer counted.
    #[test]
    fn jobs_renege_in_every_class() {
        let mut station = Station::new(1, Some(6));
        station.arrive('a');
        let places = [(0, 'b'), (1, 'c'), (0, 'd'), (1, 'e'), (2, 'f'), (0, 'g')]
            .map(|(class, job)| place(station.arrive_as(class, job)));
        let [b, c, d, e, f, g] = places;
        assert!(station.renege(d) && station.renege(c) && station.renege(f));
        assert_eq!((station.waiting(), station.busy()), (3, 1));
        assert!([d, c, f].iter().all(|place| !station.renege(*place)), "gone already");
        assert_eq!((station.depart(), station.waiting()), (Some('b'), 2));
        assert!(!station.renege(b), "it is being served");
        // Room that was given up is room: there were six places, and two are taken.
        let more = ['h', 'i', 'j', 'k'].map(|job| place(station.arrive(job)));
        assert_eq!(station.arrive('l'), Arrival::Rejected('l'));
        assert!(station.renege(more[3]));
        let served: Vec<_> = std::iter::from_fn(|| station.depart()).collect();
        assert_eq!(served, ['g', 'h', 'i', 'j', 'e']);
        assert!([b, e, g].iter().all(|place| !station.renege(*place)));
        assert_eq!((station.waiting(), station.busy()), (0, 0));
    }

    #[test]
    fn each_server_takes_one_job() {
        let mut station = Station::new(2, Some(0));
        assert_eq!(['a', 'b'].map(|job| station.arrive(job)), [Arrival::Starts('a'), Arrival::Starts('b')]);
        assert_eq!((station.busy(), station.arrive('c')), (2, Arrival::Rejected('c')));
        assert_eq!((station.depart(), station.busy(), station.insist('d')), (None, 1, Arrival::Starts('d')));
        // Without a limit, any number wait.
        let mut endless = Station::new(1, None);
        endless.arrive(0);
        assert!((1..1_000).all(|job| matches!(endless.arrive(job), Arrival::Waits(_))));
        assert_eq!(endless.waiting(), 999);
    }
}
