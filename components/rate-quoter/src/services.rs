//! Services of one answer, of several origins added up.

use connote_rules::Decimal;
use connote_types::rates::Source;
use connote_types::steps::{Disposition, Problem};
use connote_vendors::starshipit::rates::Service;

use crate::ladder::Prices;

/// A service that all origins offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offered {
    /// Starshipit's code, which is not unique.
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) description: String,
    /// Major units of the account's currency, all origins together.
    pub(crate) price: Decimal,
    /// Of the oldest part.
    pub(crate) source: Source,
    pub(crate) age_ms: u64,
}

/// Adds up what each origin would charge, by code and name. The order of the answers does not matter.
///
/// # Errors
/// `unavailable` when there is no service that all of them offer, unless none of them offers any.
pub(crate) fn added_up(parts: Vec<Prices>, warnings: &mut Vec<String>) -> Result<Vec<Offered>, Problem> {
    let (all, empty) = (parts.len(), parts.iter().all(|part| part.services.is_empty()));
    let mut found: Vec<(Offered, usize)> = Vec::new();
    for part in parts {
        for service in cheapest(part.services) {
            add(&mut found, service, part.source, part.age_ms);
        }
    }
    let dropped: Vec<&str> = found.iter().filter(|(_, count)| *count < all).map(|(one, _)| one.name.as_str()).collect();
    if !dropped.is_empty() {
        warnings.push(format!("not all origins offer {}: left out", dropped.join(", ")));
    }
    let offered: Vec<Offered> = found.into_iter().filter(|(_, count)| *count == all).map(|(one, _)| one).collect();
    if offered.is_empty() && !empty {
        return Err(Problem::new(Disposition::Unavailable, "there is no service that all origins of the cart offer"));
    }
    Ok(offered)
}

/// Sorted, and of a service that stands twice the cheaper one.
fn cheapest(services: Vec<Service>) -> Vec<Service> {
    let mut sorted: Vec<Service> = Vec::with_capacity(services.len());
    for service in services {
        let order = (&service.code, &service.name, service.price, &service.description);
        let at = sorted.partition_point(|one| (&one.code, &one.name, one.price, &one.description) < order);
        sorted.insert(at, service);
    }
    sorted.dedup_by(|later, kept| later.code == kept.code && later.name == kept.name);
    sorted
}

fn add(found: &mut Vec<(Offered, usize)>, service: Service, source: Source, age_ms: u64) {
    let Some((sum, count)) = found.iter_mut().find(|(one, _)| one.code == service.code && one.name == service.name)
    else {
        let Service { code, name, description, price, .. } = service;
        found.push((Offered { code, name, description, price, source, age_ms }, 1));
        return;
    };
    // Too many digits to be money: such a service is left out as if an origin did not offer it.
    let Some(price) = sum.price.plus(service.price) else { return };
    sum.price = price;
    *count += 1;
    if sum.description.is_empty() {
        sum.description = service.description;
    }
    if (age_ms, source) > (sum.age_ms, sum.source) {
        (sum.age_ms, sum.source) = (age_ms, source);
    }
}
