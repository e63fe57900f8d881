//! Which goods leave from where, and in which parcels.

use connote_packing::{Container, Item, Limits, Parcel, pack};
use connote_types::rates::Packed;
use connote_types::steps::{Disposition, Problem};
use connote_vendors::checkout::Cart;
use connote_vendors::starshipit::rates::RateAddress;

use crate::asking;
use crate::facts::Facts;
use crate::goods::Good;
use crate::settings::{BoxType, Origin, Settings};

/// What leaves from one place.
pub(crate) struct Shipment {
    /// The origin's name, `""` without origins.
    pub(crate) name: String,
    /// `""`: the connection's account.
    pub(crate) account: String,
    /// `None`: the account's pickup address.
    pub(crate) sender: Option<RateAddress>,
    /// The country it leaves from, `""` when only the account knows.
    pub(crate) country: String,
    /// Never empty; the items are indices into the goods of the cart.
    pub(crate) parcels: Vec<Parcel>,
}

/// Parts the goods by origin and packs each part.
///
/// # Errors
/// Why no price can be asked for: a line that no origin takes, no weight at all, a piece that is too heavy.
pub(crate) fn shipments(
    settings: &Settings,
    cart: &Cart,
    goods: &[Good<'_>],
    facts: &Facts,
) -> Result<Vec<Shipment>, Problem> {
    let boxes: Vec<Container> = settings.boxes.iter().map(container).collect();
    let mut shipments = Vec::new();
    if settings.origins.is_empty() {
        shipments.push(packed(whole(settings, cart), (0..goods.len()).collect(), goods, &boxes, settings)?);
    }
    for (at, lines) in parted(settings, goods, facts)?.into_iter().enumerate().filter(|(_, lines)| !lines.is_empty()) {
        if let Some(origin) = settings.origins.get(at) {
            shipments.push(packed(from(origin, settings), lines, goods, &boxes, settings)?);
        }
    }
    Ok(shipments)
}

/// The indices of the goods of each origin.
fn parted(settings: &Settings, goods: &[Good<'_>], facts: &Facts) -> Result<Vec<Vec<usize>>, Problem> {
    let mut parts = vec![Vec::new(); settings.origins.len()];
    if parts.is_empty() {
        return Ok(parts);
    }
    for (at, good) in goods.iter().enumerate() {
        let takes = |origin: &Origin| origin.when.as_ref().is_none_or(|when| facts.holds_for(at, when));
        match settings.origins.iter().position(takes).and_then(|origin| parts.get_mut(origin)) {
            Some(part) => part.push(at),
            None => {
                let message = format!("no origin takes {}", good.called());
                let fix = "add an origin without when, which takes the rest";
                return Err(Problem::new(Disposition::Rejected, message).field("settings.origins", fix));
            }
        }
    }
    Ok(parts)
}

fn whole(settings: &Settings, cart: &Cart) -> Shipment {
    let origin = cart.origin.as_ref();
    let complete = origin.filter(|origin| !origin.post_code.is_empty() && !origin.city.is_empty());
    Shipment {
        name: String::new(),
        account: String::new(),
        sender: complete.filter(|_| settings.send_origin).map(|place| asking::address(place, settings)),
        country: origin.map(|origin| origin.country.clone()).unwrap_or_default(),
        parcels: Vec::new(),
    }
}

fn from(origin: &Origin, settings: &Settings) -> Shipment {
    let sender = origin.sender.as_ref().map(asking::sender);
    Shipment {
        name: if settings.origins.len() > 1 { origin.name.clone() } else { String::new() },
        account: origin.account.clone(),
        country: sender.as_ref().map(|sender| sender.country_code.clone()).unwrap_or_default(),
        sender,
        parcels: Vec::new(),
    }
}

fn packed(
    shipment: Shipment,
    lines: Vec<usize>,
    goods: &[Good<'_>],
    boxes: &[Container],
    settings: &Settings,
) -> Result<Shipment, Problem> {
    let own: Vec<&Good<'_>> = lines.iter().filter_map(|line| goods.get(*line)).collect();
    if own.iter().all(|good| good.weight_g() == 0) {
        let message = "nothing in the cart has a weight, and Starshipit prices nothing without one";
        let fix = "grams of a piece whose weight nobody knows; or give the articles their weights";
        return Err(Problem::new(Disposition::Rejected, message).field("settings.default_piece_g", fix));
    }
    let items: Vec<Item> = own.iter().map(|good| good.item.clone()).collect();
    let limits = Limits { most_g: settings.most_parcel_g, ..Limits::default() };
    let mut parcels = pack(&items, boxes, &limits).map_err(|problem| not_packed(problem, &own))?;
    for (line, _) in parcels.iter_mut().flat_map(|parcel| &mut parcel.items) {
        *line = lines.get(*line).copied().unwrap_or(*line);
    }
    Ok(Shipment { parcels, ..shipment })
}

fn not_packed(problem: connote_packing::Problem, goods: &[&Good<'_>]) -> Problem {
    use connote_packing::Problem::{TooHeavy, TooManyPieces};
    let named = match problem {
        TooHeavy { item } | TooManyPieces { item } => goods.get(item).map(|good| format!(": {}", good.called())),
        _ => None,
    };
    let message = format!("the cart cannot be packed: {problem}{}", named.unwrap_or_default());
    Problem::new(Disposition::Unavailable, message)
}

fn container(one: &BoxType) -> Container {
    Container {
        name: one.name.clone(),
        inner_mm: one.inner_mm,
        outer_mm: one.outer_mm.unwrap_or(one.inner_mm),
        empty_g: one.empty_g,
        most_g: one.most_g,
    }
}

/// The parcels as the caller is told.
pub(crate) fn told(shipments: &[Shipment], goods: &[Good<'_>], boxes: &[BoxType]) -> Vec<Packed> {
    let parcels = shipments.iter().flat_map(|shipment| shipment.parcels.iter().map(move |parcel| (shipment, parcel)));
    let told = |(shipment, parcel): (&Shipment, &Parcel)| {
        let side = |at: usize| parcel.size_mm.and_then(|size| size.get(at).copied()).into_iter().collect();
        let named = |(line, pieces): &(usize, u32)| Some((goods.get(*line)?.called().to_owned(), *pieces));
        Packed {
            box_name: parcel.container.and_then(|at| boxes.get(at)).map(|one| one.name.clone()).unwrap_or_default(),
            origin: shipment.name.clone(),
            weight_g: parcel.weight_g,
            length_mm: side(0),
            width_mm: side(1),
            height_mm: side(2),
            items: parcel.items.iter().filter_map(named).collect(),
        }
    };
    parcels.map(told).collect()
}
