//! How many boxes the packing takes on the instances that packing programs are compared by, and how long.
//!
//! **Instances**: classes 1 to 8 of S. Martello, D. Pisinger, D. Vigo, "The Three-Dimensional Bin Packing Problem", Operations Research 48
//! (2000), 256-267, as the authors' program test3dbpp.c makes them: one kind of cubic bin, n = 50, 100, 150 and 200 pieces, ten instances each,
//! the numbers from the 48-bit linear congruential generator of POSIX (srand48, lrand48) with seed n + 1 to n + 10. So everyone has the same.
//!
//! * Classes 1 to 5, bin side W = 100: a piece is of type t = class with 60 %, of each other type with 10 %. Sides, inclusive and in whole numbers:
//!   type 1 `[1, W/2] [2W/3, W] [2W/3, W]`, type 2 `[2W/3, W] [1, W/2] [2W/3, W]`, type 3 `[2W/3, W] [2W/3, W] [1, W/2]`, type 4 all `[W/2, W]`,
//!   type 5 all `[1, W/2]`. Types 1 to 3 differ only by turning, so that here, where turning is allowed, classes 1 to 3 are alike.
//! * Class 6: W = 10, sides `[1, 10]`; class 7: W = 40, sides `[1, 35]`; class 8: W = 100, sides `[1, 100]`.
//!
//! **Turning is allowed here**, weights do not matter. The figures of the paper and of most that follow it are for pieces that may not be turned:
//! they need more bins, and their bounds L1 and L2 do not hold here.
//!
//! **Lower bound**, valid with turning: no packing of any program takes fewer bins. Sides are stretched or shrunk by a function f for which sides
//! that go into W side by side still do so afterwards (a dual feasible function; Fekete and Schepers, "A General Framework for Bounds for
//! Higher-Dimensional Orthogonal Packing Problems", 2004); a packing stays one, so the volume after f, over that of the bin, is a bound. With the same
//! f on all three sides of a cube turning changes nothing. The largest over: f(x) = x (the volume, L0), the functions u, U and phi of that paper, of which
//! u with k = 1 counts the pieces that exceed half of the bin on every side, no two of which go together.
//!
//! **What is printed**, for each class: bins taken, sum of the volume bounds (L0), sum of the best bounds (LB), bins / LB, and milliseconds for an
//! instance, on average and at worst. 1.000 is proved best; of what is above, nobody knows how much is the bound's fault. Then carts as a
//! shop has them: how many of a hundred boxes sawn into pieces go back into one box that is 0, 3 or 6 % longer on every side, and what carts with a
//! merchant's boxes cost, up to the largest allowed. `cargo bench -p connote-packing -- 10` gives the search ten times the work.

#[path = "../tests/instances/mod.rs"]
mod instances;

use connote_packing::{Container, Item, Limits, WORK, pack};
use instances::{Lrand48, Stretch, best_bound, bin_side, sawn};
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Default)]
struct Sum {
    bins: u64,
    volume: u64,
    bound: u64,
    best: u64,
    time: Duration,
    worst: Duration,
}

impl Sum {
    fn add(&mut self, other: &Self) {
        self.bins += other.bins;
        self.volume += other.volume;
        self.bound += other.bound;
        self.best += other.best;
        self.time += other.time;
        self.worst = self.worst.max(other.worst);
    }

    fn print(&self, name: &str, instances: f64) {
        let ratio = self.bins as f64 / self.bound as f64;
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        println!(
            "{name:<14}{:>6}{:>7}{:>7}{ratio:>9.3}{:>12.2}{:>10.2}",
            self.bins,
            self.volume,
            self.bound,
            ms(self.time) / instances,
            ms(self.worst)
        );
    }
}

fn measured(class: u32, n: u32, number: u32, limits: &Limits) -> Sum {
    let w = bin_side(class);
    let pieces = instances::instance(class, n, number);
    let item =
        |sides: &[u32; 3]| Item { weight_g: 1, size_mm: Some(*sides), quantity: 1, alone: false, upright: false };
    let items: Vec<_> = pieces.iter().map(item).collect();
    let bin = Container { name: String::new(), inner_mm: [w; 3], outer_mm: [w; 3], empty_g: 0, most_g: u64::MAX };
    let start = Instant::now();
    let parcels = pack(&items, &[bin], limits).unwrap_or_default();
    let time = start.elapsed();
    let bins = parcels.len() as u64;
    let (volume, bound) = (Stretch::Same.bound(&pieces, w), best_bound(&pieces, w));
    assert!(bins >= bound, "class {class}, n {n}, instance {number}: {bins} bins are less than the bound {bound}");
    Sum { bins, volume, bound, best: u64::from(bins == bound), time, worst: time }
}

/// How many of a hundred sawn boxes go back into one box.
fn puzzles(count: usize, slack: u32, limits: &Limits) {
    let mut dice = Lrand48::seeded(count as u64);
    let bin = Container {
        name: String::new(),
        inner_mm: [400 + slack * 4, 300 + slack * 3, 200 + slack * 2],
        outer_mm: [0; 3],
        empty_g: 0,
        most_g: 1 << 40,
    };
    let start = Instant::now();
    let solved = (0..100).filter(|_| {
        let item =
            |size: [u32; 3]| Item { weight_g: 1, size_mm: Some(size), quantity: 1, alone: false, upright: false };
        let items: Vec<_> = sawn(count, &mut dice).into_iter().map(item).collect();
        pack(&items, std::slice::from_ref(&bin), limits).is_ok_and(|parcels| parcels.len() == 1)
    });
    let solved = solved.count();
    println!(
        "{count:>5} pieces, {slack} %: {solved:>3} of 100 sawn boxes put together, {:.2} ms each",
        start.elapsed().as_secs_f64() * 10.0
    );
}

type Cart = (&'static str, Vec<Item>, Vec<Container>);

/// A merchant's boxes: `count` sizes from 15 cm to 80 cm.
fn boxes(count: u32) -> Vec<Container> {
    let of = |i: u32| {
        let side = |part: u32| (150 + 650 * i / count.max(1)) * part / 10;
        let inner_mm = [side(10), side(7 + i % 3), side(4 + i % 5)];
        Container {
            name: i.to_string(),
            inner_mm,
            outer_mm: inner_mm.map(|side| side + 8),
            empty_g: 100,
            most_g: 22_000,
        }
    };
    (0..count).map(of).collect()
}

/// `lines` lines of `quantity` pieces each, sides of `low..=high`.
fn lines(lines: u32, quantity: u32, low: u32, high: u32) -> Vec<Item> {
    let mut dice = Lrand48::seeded(u64::from(lines * quantity));
    let mut item = || Item {
        weight_g: u64::from(dice.between(20, 900)),
        size_mm: Some([0; 3].map(|_: u32| dice.between(low, high))),
        quantity,
        alone: false,
        upright: false,
    };
    (0..lines).map(|_| item()).collect()
}

/// Long, thin and light, so that all go into few boxes.
fn slivers() -> Vec<Item> {
    let of = |i: u32| Item {
        size_mm: Some([1, 1 + i % 7, 1 + i % 500]),
        weight_g: 0,
        quantity: 10,
        alone: false,
        upright: false,
    };
    (0..1_000).map(of).collect()
}

fn carts() -> Vec<Cart> {
    vec![
        ("3 lines, 3 pieces, 6 boxes", lines(3, 1, 40, 200), boxes(6)),
        ("5 lines, 10 pieces, 6 boxes", lines(5, 2, 40, 300), boxes(6)),
        ("20 lines, 40 pieces, 6 boxes", lines(20, 2, 40, 300), boxes(6)),
        ("20 lines, 40 pieces, 30 boxes", lines(20, 2, 40, 300), boxes(30)),
        ("1 line, 10 000 pieces, 6 boxes", lines(1, 10_000, 60, 90), boxes(6)),
        ("1 000 lines, 1 000 pieces, 6 boxes", lines(1_000, 1, 40, 200), boxes(6)),
        ("1 000 lines, 10 000 pieces, 6 boxes", lines(1_000, 10, 30, 200), boxes(6)),
        ("1 000 lines, 10 000 pieces, 100 boxes", lines(1_000, 10, 30, 200), boxes(100)),
        ("1 000 lines, 10 000 slivers, 6 boxes", slivers(), boxes(6)),
        ("1 000 lines, 10 000 pieces of 1 to 30 mm, 100 boxes", lines(1_000, 10, 1, 30), boxes(100)),
    ]
}

fn cart(name: &str, items: &[Item], boxes: &[Container], limits: &Limits) {
    let start = Instant::now();
    let parcels = pack(items, boxes, limits);
    let ms = start.elapsed().as_secs_f64() * 1e3;
    println!("{name:<60}{:>9}{ms:>12.2}", parcels.map_or(0, |parcels| parcels.len()));
}

fn main() {
    let times = std::env::args().find_map(|word| word.parse::<u64>().ok()).unwrap_or(1);
    let limits = Limits { work: WORK * times, ..Limits::default() };
    println!(
        "{:<14}{:>6}{:>7}{:>7}{:>9}{:>12}{:>10}",
        "class     n", "bins", "L0", "LB", "bins/LB", "ms/instance", "ms worst"
    );
    let mut all = Sum::default();
    for class in 1..=8 {
        let mut sum = Sum::default();
        for n in [50, 100, 150, 200] {
            let mut ten = Sum::default();
            (1..=10).for_each(|number| ten.add(&measured(class, n, number, &limits)));
            ten.print(&format!("{class:>5}{n:>6}"), 10.0);
            sum.add(&ten);
        }
        sum.print(&format!("{class:>5}   all"), 40.0);
        all.add(&sum);
    }
    all.print("  all   all", 320.0);
    println!("{} of 320 take as many bins as the bound", all.best);
    println!();
    [3, 4, 5, 6, 8, 10, 12, 16].iter().for_each(|count| (0..3).for_each(|slack| puzzles(*count, 3 * slack, &limits)));
    println!("\n{:<60}{:>9}{:>12}", "cart", "parcels", "ms");
    carts().iter().for_each(|(name, items, boxes)| cart(name, items, boxes, &limits));
    println!("the same without any work allowed");
    carts().iter().for_each(|(name, items, boxes)| cart(name, items, boxes, &Limits { work: 0, ..Limits::default() }));
}
