//! What a cart ships, with what is known of each piece.

use connote_packing::Item;
use connote_rules::json::same;
use connote_vendors::checkout::{Cart, CartLine};

use crate::settings::{Article, Settings};

/// A line that ships.
pub(crate) struct Good<'c> {
    pub(crate) line: &'c CartLine,
    /// Its pieces as they are packed.
    pub(crate) item: Item,
}

impl Good<'_> {
    /// Grams of all its pieces.
    pub(crate) fn weight_g(&self) -> u64 {
        self.item.weight_g.saturating_mul(u64::from(self.item.quantity))
    }

    /// What a person calls it.
    pub(crate) fn called(&self) -> &str {
        if self.line.sku.is_empty() { &self.line.name } else { &self.line.sku }
    }
}

/// The lines that ship. Gift cards and downloads do not, nor does a line of no pieces.
pub(crate) fn goods<'c>(cart: &'c Cart, settings: &Settings, warnings: &mut Vec<String>) -> Vec<Good<'c>> {
    let mut unweighed = 0_usize;
    let ships = cart.lines.iter().filter(|line| line.ships && line.quantity > 0);
    let goods = ships.map(|line| good(line, settings, &mut unweighed)).collect();
    if unweighed > 0 {
        let lines = if unweighed == 1 { "1 line has".to_owned() } else { format!("{unweighed} lines have") };
        let counts = settings.default_piece_g.unwrap_or(0);
        warnings.push(format!("{lines} no weight: each piece counts {counts} g"));
    }
    goods
}

fn good<'c>(line: &'c CartLine, settings: &Settings, unweighed: &mut usize) -> Good<'c> {
    let article = settings.items.iter().find(|article| same(&article.sku, line.sku.trim()));
    let known = |of: fn(&Article) -> bool| article.is_some_and(of);
    let told = line.weight_g.or_else(|| article?.weight_g).filter(|grams| *grams > 0);
    *unweighed += usize::from(told.is_none());
    let item = Item {
        weight_g: told.or(settings.default_piece_g).unwrap_or(0),
        size_mm: line.size_mm.or_else(|| article?.size_mm),
        quantity: line.quantity,
        alone: known(|article| article.alone),
        upright: known(|article| article.upright),
    };
    Good { line, item }
}

/// Grams of all pieces.
pub(crate) fn weight_g(goods: &[Good<'_>]) -> u64 {
    goods.iter().fold(0, |sum, good| sum.saturating_add(good.weight_g()))
}
