//! Variety without chance: numbers that look drawn and are the same for every cart, every time.

use crate::load::Rule;
use crate::plan::Pieces;

/// The rules by which a place is found on purpose.
pub(crate) const RULES: [Rule; 4] = [Rule::Snug, Rule::Low, Rule::Far, Rule::Tight];

/// Knuth's linear congruential generator (MMIX).
pub(crate) struct Dice(u64);

impl Dice {
    /// The one sequence that there is.
    pub(crate) fn new() -> Self {
        Self(1)
    }

    /// A number below `end`; 0 if there is none.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end.max(1)
    }

    /// One of the rules.
    pub(crate) fn rule(&mut self) -> Rule {
        RULES.get(self.below(RULES.len())).copied().unwrap_or(Rule::Low)
    }

    /// Four rules to go by in turn, about every third of which takes any place.
    pub(crate) fn rules(&mut self) -> [Rule; 4] {
        [(); 4].map(|()| match self.below(3) {
            0 => Rule::Any(self.below(1 << 30) as u32),
            _ => self.rule(),
        })
    }

    /// `order` with one to three exchanges.
    pub(crate) fn shuffled<'a>(&mut self, order: &Pieces<'a>) -> Pieces<'a> {
        let mut order = order.clone();
        for _ in 0..=self.below(3) {
            let (a, b) = (self.below(order.len()), self.below(order.len()));
            order.swap(a, b);
        }
        order
    }
}
