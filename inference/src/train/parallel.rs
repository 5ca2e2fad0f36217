//! Work distributed over threads, with results that do not depend on their number.

use crate::program::Scratch;

/// Results of `ask` for a range of images, in order.
pub fn on_each<R: Clone + Send>(
    range: std::ops::Range<usize>,
    threads: usize,
    ask: impl Fn(usize, &mut Scratch) -> R + Sync,
) -> Vec<R> {
    let mut results: Vec<Option<R>> = vec![None; range.len()];
    let per_job = range.len().div_ceil(threads * 4).max(1);
    let jobs: Vec<_> = results.chunks_mut(per_job).zip((range.start..).step_by(per_job)).collect();
    share_out(jobs, threads, |(results, first)| {
        let mut scratch = Scratch::default();
        for (result, index) in results.iter_mut().zip(first..) {
            *result = Some(ask(index, &mut scratch));
        }
    });
    results.into_iter().map(|result| result.expect("every image is in a job")).collect()
}

/// Runs `work` on every job, job i on thread i modulo `threads`.
pub fn share_out<J: Send>(jobs: Vec<J>, threads: usize, work: impl Fn(J) + Sync) {
    let mut piles: Vec<Vec<J>> = (0..threads).map(|_| Vec::new()).collect();
    for (index, job) in jobs.into_iter().enumerate() {
        piles[index % threads].push(job);
    }
    std::thread::scope(|scope| {
        let mine = piles.pop();
        for pile in piles {
            scope.spawn(|| pile.into_iter().for_each(&work));
        }
        mine.into_iter().flatten().for_each(&work);
    });
}
