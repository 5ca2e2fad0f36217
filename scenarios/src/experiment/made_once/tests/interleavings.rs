//! Threads that ask for the same values, in many interleavings.

use std::sync::atomic::Ordering;

use shuttle::sync::atomic::AtomicUsize;
use shuttle::thread;

use super::*;
use crate::sync::explore;

/// Three threads ask for two values, in one order or the other: each value is made once, and all get the same.
#[test]
fn everyone_gets_the_one_value_that_was_made() {
    explore(|| {
        let values = MadeOnce::default();
        let made = [const { AtomicUsize::new(0) }; 2];
        thread::scope(|scope| {
            for keys in [[0, 1], [1, 0], [0, 1]] {
                let (values, made) = (&values, &made);
                scope.spawn(move || {
                    for key in keys {
                        let value = values.get_or_make(key, || (key, made[key].fetch_add(1, Ordering::Relaxed)));
                        assert_eq!(value, (key, 0));
                    }
                });
            }
        });
        assert_eq!(made.map(AtomicUsize::into_inner), [1, 1]);
    });
}

/// A value may take long: whoever wants another gets it although the first is never made before they have.
#[test]
fn making_one_value_holds_up_no_other() {
    explore(|| {
        let values = MadeOnce::default();
        let (tell, told) = shuttle::sync::mpsc::channel();
        thread::scope(|scope| {
            let values = &values;
            scope.spawn(move || values.get_or_make(0, || told.recv().unwrap()));
            scope.spawn(move || tell.send(values.get_or_make(1, || "other")).unwrap());
        });
        assert_eq!(values.get_or_make(0, || "anew"), "other");
    });
}
