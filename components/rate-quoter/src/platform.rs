//! Whose request it is, and whose answer.

use connote_types::rates::Packed;
use connote_types::steps::{Disposition, Problem};
use connote_vendors::checkout::{Cart, Offer};
use connote_vendors::{bigcommerce, connote, magento, saleor, shopify, woocommerce};

/// What the platforms are called.
const NAMES: &str = "shopify, woocommerce, bigcommerce, saleor, magento, connote";

/// Reads the platform's request.
///
/// # Errors
/// `rejected`: the body is not the platform's, or there is no such platform.
pub(crate) fn read(platform: &str, body: &[u8]) -> Result<Cart, Problem> {
    match platform {
        "shopify" => shopify::rates::read(body),
        "woocommerce" => with_currency(woocommerce::rates::read(body)?),
        "bigcommerce" => bigcommerce::rates::read(body),
        "saleor" => saleor::rates::read(body),
        "magento" => with_currency(magento::rates::read(body)?),
        "connote" => connote::rates::read(body),
        _ => {
            let message = format!("there is no platform \"{platform}\"; there are {NAMES}");
            Err(Problem::new(Disposition::Rejected, message).field("platform", NAMES))
        }
    }
}

/// A platform whose answer names no currency has to say in which one it will be read.
fn with_currency(cart: Cart) -> Result<Cart, Problem> {
    if !cart.currency.is_empty() {
        return Ok(cart);
    }
    let message = "the request names no currency, and the answer has no place for one";
    Err(Problem::new(Disposition::Rejected, message).field("currency", "name it: AUD"))
}

/// Writes the platform's answer. Parcels and warnings are for our own form only: the others have no place for them.
pub(crate) fn write(platform: &str, cart: &Cart, offers: &[Offer], parcels: &[Packed], warnings: &[String]) -> Vec<u8> {
    match platform {
        "shopify" => shopify::rates::write(cart, offers),
        "woocommerce" => woocommerce::rates::write(cart, offers),
        "bigcommerce" => bigcommerce::rates::write(cart, offers),
        "saleor" => saleor::rates::write(cart, offers),
        "magento" => magento::rates::write(cart, offers),
        _ => connote::rates::write(cart, offers, parcels, warnings),
    }
}
