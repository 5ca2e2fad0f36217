//! A network that has run once runs again without allocating.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::path::Path;

use inference::dataset::fashion_mnist;
use inference::{BitWidths, Bits, Calibrated, Coded, Coder, Crossing, Network, Scratch, shipped_networks};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, which counts what each thread asks for.
struct Counting;

// SAFETY: everything is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps this function's contract, which is the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_pass_allocates_nothing_after_the_first() {
    let data = fashion_mnist().unwrap();
    let (mut scratch, mut crossing, mut coded) = (Scratch::default(), Crossing::default(), Coded::default());
    let codings = ["float32", "float16", "8", "{bits: 3, scale: channel}"];
    let mut coders: Vec<Coder> = codings.iter().map(|coding| Coder::new(coding.parse().unwrap())).collect();
    let mut networks: Vec<_> = shipped_networks().map(|name| Network::load(name, Path::new("")).unwrap()).collect();
    // And one of which every third layer is not in integers.
    let calibrated = Calibrated::load("fmnist-little", Path::new(""), &data, 2).unwrap();
    let widths = |layer: usize| (layer % 3 != 2).then_some(BitWidths::both(Bits::EIGHT));
    networks.push(calibrated.network(&(0..calibrated.layers().len()).map(widths).collect::<Vec<_>>()).unwrap());
    let mut pass = |image: usize| {
        for network in &networks {
            black_box(network.run(data.image(image), &mut scratch));
            network.begin(data.image(image), &mut scratch).for_each(|answer| _ = black_box(answer));
            for cut in 0..network.graph().nodes().len() {
                network.run_before(cut, data.image(image), &mut scratch, &mut crossing);
                for coder in &mut coders {
                    network.encode(&crossing, coder, &mut coded);
                    network.decode(&coded, coder, &mut crossing);
                }
                black_box(network.run_after(&crossing, &mut scratch));
            }
        }
    };
    pass(0);
    let before = ALLOCATIONS.get();
    (1..20).for_each(pass);
    assert_eq!(ALLOCATIONS.get() - before, 0);
    black_box(vec![0u8; 16]);
    assert!(ALLOCATIONS.get() > before, "the counter does not count");
}
