//! The gateway in front: keys and request limits.

use super::{Starshipit, answers};
use crate::credentials::{STARSHIPIT_API_KEY, STARSHIPIT_SUBSCRIPTION_KEY};
use crate::{Request, Response, Settings};

/// Requests a second for one subscription key in the developer tier.
const DOCUMENTED_RATE: u32 = 2;

impl Starshipit {
    /// Whether the request limit lets a request through that comes now; nothing is counted.
    pub(crate) fn has_room(&self, now_ms: u64, request: &Request, settings: &Settings) -> bool {
        let key = request.header("Ocp-Apim-Subscription-Key").unwrap_or_default();
        self.limits.has_room(key, now_ms, 1_000, settings.limit(DOCUMENTED_RATE))
    }

    pub(crate) fn admit(&mut self, now_ms: u64, request: &Request, settings: &Settings) -> Result<(), Response> {
        let key = match request.header("Ocp-Apim-Subscription-Key") {
            None => return Err(answers::gateway(401, "Access denied due to missing subscription key.")),
            Some(key) if key == STARSHIPIT_SUBSCRIPTION_KEY => key,
            Some(_) => return Err(answers::gateway(401, "Access denied due to invalid subscription key.")),
        };
        // The gateway counts before the application looks at the account.
        if let Err(wait_ms) = self.limits.admit(key, now_ms, 1_000, settings.limit(DOCUMENTED_RATE)) {
            return Err(answers::rate_limited(wait_ms));
        }
        match request.header("StarShipIT-Api-Key") {
            Some(key) if key == STARSHIPIT_API_KEY => Ok(()),
            _ => Err(answers::unauthorised()),
        }
    }
}
