//! The least cut between two nodes of a directed graph, by the largest flow (Dinic, 1970).
//!
//! A round finds by breadth how far each node is from the source where there is capacity left, and then sends flow
//! along shortest ways until none of that length is left. Each round makes the shortest way longer, so there are fewer
//! rounds than nodes, whatever the capacities; of these, whatever a way is narrowed by is used up exactly, in floats as
//! well.

use std::collections::VecDeque;

/// A directed graph with capacities.
pub(crate) struct Graph {
    /// The arcs out of each node, as places in `arcs`.
    out: Vec<Vec<usize>>,
    /// Arcs in pairs: each is followed by the way back.
    arcs: Vec<Arc>,
}

struct Arc {
    to: usize,
    left: f64,
}

impl Graph {
    pub fn new(nodes: usize) -> Self {
        Self { out: vec![Vec::new(); nodes], arcs: Vec::new() }
    }

    /// Adds an arc of some capacity, which may be infinite.
    pub fn connect(&mut self, from: usize, to: usize, capacity: f64) {
        for (from, to, left) in [(from, to, capacity), (to, from, 0.0)] {
            self.out[from].push(self.arcs.len());
            self.arcs.push(Arc { to, left });
        }
    }

    /// Whether each node is on the source's side of a cut of the least capacity; of several, the one with the fewest
    /// nodes there. Some way without infinite capacity must separate the two.
    pub fn cut(mut self, source: usize, sink: usize) -> Vec<bool> {
        loop {
            let distances = self.distances(source);
            if distances[sink].is_none() {
                return distances.iter().map(Option::is_some).collect();
            }
            let mut next = vec![0; self.out.len()];
            while self.send(source, sink, f64::INFINITY, &distances, &mut next) > 0.0 {}
        }
    }

    fn distances(&self, source: usize) -> Vec<Option<usize>> {
        let mut distances = vec![None; self.out.len()];
        distances[source] = Some(0);
        let mut open = VecDeque::from([(source, 0)]);
        while let Some((node, distance)) = open.pop_front() {
            for Arc { to, left } in self.out[node].iter().map(|arc| &self.arcs[*arc]) {
                if *left > 0.0 && distances[*to].is_none() {
                    distances[*to] = Some(distance + 1);
                    open.push_back((*to, distance + 1));
                }
            }
        }
        distances
    }

    /// Sends at most `most` along one shortest way, and says how much; `next` are the arcs of each node that may still
    /// lead there.
    fn send(&mut self, node: usize, sink: usize, most: f64, distances: &[Option<usize>], next: &mut [usize]) -> f64 {
        if node == sink {
            return most;
        }
        while let Some(arc) = self.out[node].get(next[node]).copied() {
            let Arc { to, left } = self.arcs[arc];
            if left > 0.0 && distances[to] == distances[node].map(|distance| distance + 1) {
                let sent = self.send(to, sink, most.min(left), distances, next);
                if sent > 0.0 {
                    self.arcs[arc].left -= sent;
                    self.arcs[arc ^ 1].left += sent;
                    return sent;
                }
            }
            next[node] += 1;
        }
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two ways of 3 and 2 meet before an arc of 4, which is the narrowest; a third way of 1 goes round it. The
    /// source's side has all that is before the arc of 4.
    #[test]
    fn the_least_cut_may_lie_in_the_middle() {
        let mut graph = Graph::new(6);
        for (from, to, capacity) in
            [(0, 1, 3.0), (0, 2, 2.0), (1, 3, f64::INFINITY), (2, 3, 9.0), (3, 4, 4.0), (4, 5, 7.0), (0, 5, 1.0)]
        {
            graph.connect(from, to, capacity);
        }
        assert_eq!(graph.cut(0, 5), [true, true, true, true, false, false]);
    }

    /// The first shortest way, through the arc in the middle, has to be taken back: of 1 → 2, all flow goes round it.
    #[test]
    fn flow_is_sent_back_where_that_lets_more_through() {
        let mut graph = Graph::new(6);
        for (from, to, capacity) in
            [(0, 1, 1.0), (1, 2, 1.0), (2, 5, 1.0), (0, 3, 1.0), (3, 2, 1.0), (1, 4, 1.0), (4, 5, 0.5)]
        {
            graph.connect(from, to, capacity);
        }
        // 1.5 get through: what cuts that off is 2 → 5 and 4 → 5, as all of 0 → 1 and 0 → 3 is not needed.
        assert_eq!(graph.cut(0, 5), [true, true, true, true, true, false]);
    }
}
