//! The instances of the benchmark, from which the tests take a few: see `benches/bins.rs` for where they come from.

/// lrand48 of POSIX.
pub(crate) struct Lrand48(u64);

impl Lrand48 {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed << 16 | 0x330E)
    }

    /// A number of `low..=high`.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        self.0 = (self.0.wrapping_mul(0x5_DEEC_E66D).wrapping_add(0xB)) & 0xFFFF_FFFF_FFFF;
        (self.0 >> 17) as u32 % (high - low + 1) + low
    }
}

/// The side of the bin of a class.
pub(crate) fn bin_side(class: u32) -> u32 {
    match class {
        6 => 10,
        7 => 40,
        _ => 100,
    }
}

fn piece(class: u32, dice: &mut Lrand48) -> [u32; 3] {
    let w = bin_side(class);
    let (short, long, large) = ((1, w / 2), (2 * w / 3, w), (w / 2, w));
    let kind = match class {
        1..=5 => Some(dice.between(1, 10)).filter(|kind| *kind <= 5).unwrap_or(class),
        _ => class,
    };
    let ranges = match kind {
        1 => [short, long, long],
        2 => [long, short, long],
        3 => [long, long, short],
        4 => [large; 3],
        5 => [short; 3],
        6 => [(1, 10); 3],
        7 => [(1, 35); 3],
        _ => [(1, 100); 3],
    };
    ranges.map(|(low, high)| dice.between(low, high))
}

/// A dual feasible function on the sides of a bin of side `w`, as a numerator; `Self::whole` is what becomes of `w`.
#[derive(Clone, Copy)]
pub(crate) enum Stretch {
    /// Nothing changes.
    Same,
    /// More than w - e becomes w, less than e nothing.
    Cut(u64),
    /// Steps of w / (k + 1).
    Steps(u64),
    /// Counts how many times e goes beside it.
    Count(u64),
}

impl Stretch {
    fn whole(self, w: u64) -> u64 {
        match self {
            Self::Same | Self::Cut(_) => w,
            Self::Steps(k) => k * w,
            Self::Count(e) => 2 * (w / e),
        }
    }

    fn of(self, x: u64, w: u64) -> u64 {
        match self {
            Self::Same => x,
            Self::Cut(e) if x > w - e => w,
            Self::Cut(e) if x < e => 0,
            Self::Cut(_) => x,
            Self::Steps(k) if ((k + 1) * x).is_multiple_of(w) => k * x,
            Self::Steps(k) => (k + 1) * x / w * w,
            Self::Count(e) if 2 * x > w => 2 * (w / e) - 2 * ((w - x) / e),
            Self::Count(e) if 2 * x == w => w / e,
            Self::Count(e) if x >= e => 2,
            Self::Count(_) => 0,
        }
    }

    pub(crate) fn bound(self, pieces: &[[u32; 3]], w: u32) -> u64 {
        let w = u64::from(w);
        let sum: u64 =
            pieces.iter().map(|sides| sides.iter().map(|x| self.of(u64::from(*x), w)).product::<u64>()).sum();
        sum.div_ceil(self.whole(w).pow(3))
    }
}

/// Instance `number` (1 to 10) of `n` pieces.
pub(crate) fn instance(class: u32, n: u32, number: u32) -> Vec<[u32; 3]> {
    let mut dice = Lrand48::seeded(u64::from(n + number));
    (0..n).map(|_| piece(class, &mut dice)).collect()
}

/// No packing takes fewer bins, whatever is turned.
pub(crate) fn best_bound(pieces: &[[u32; 3]], w: u32) -> u64 {
    let half = 1..=u64::from(w) / 2;
    let all = half.clone().map(Stretch::Cut).chain(half.map(Stretch::Count)).chain((1..=10).map(Stretch::Steps));
    all.chain([Stretch::Same]).map(|stretch| stretch.bound(pieces, w)).max().unwrap_or(0)
}

/// A box sawn into `count` pieces by straight cuts, longest side first.
pub(crate) fn sawn(count: usize, dice: &mut Lrand48) -> Vec<[u32; 3]> {
    let mut pieces = vec![[400, 300, 200]];
    while pieces.len() < count {
        let largest = pieces.iter().enumerate().max_by_key(|(_, sides)| sides.iter().product::<u32>());
        let piece = largest.map_or(0, |(at, _)| at);
        let [a, b, c] = pieces.swap_remove(piece);
        let cut = |side: u32, dice: &mut Lrand48| dice.between(side / 4, side * 3 / 4);
        let (left, right) = match a.max(b).max(c) {
            longest if a == longest => {
                let at = cut(a, dice);
                ([at, b, c], [a - at, b, c])
            }
            longest if b == longest => {
                let at = cut(b, dice);
                ([a, at, c], [a, b - at, c])
            }
            _ => {
                let at = cut(c, dice);
                ([a, b, at], [a, b, c - at])
            }
        };
        pieces.extend([left, right]);
    }
    pieces
}
