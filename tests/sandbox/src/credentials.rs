//! What the simulators accept. Anything else gets the documented 401 or 403.

/// Starshipit: value of `StarShipIT-Api-Key`, which chooses the account.
pub const STARSHIPIT_API_KEY: &str = "sandbox-starshipit-key";
/// Starshipit: value of `Ocp-Apim-Subscription-Key`, which chooses the rate tier.
pub const STARSHIPIT_SUBSCRIPTION_KEY: &str = "sandbox-subscription-key";

/// Trackstar: value of `x-trackstar-api-key`, the organisation.
pub const TRACKSTAR_API_KEY: &str = "sandbox-trackstar-key";
/// Trackstar: value of `x-trackstar-access-token` of a connection to Trackstar's own sandbox. The token of another
/// warehouse system is this one, a dash and the integration name: `sandbox-trackstar-token-extensiv`.
pub const TRACKSTAR_ACCESS_TOKEN: &str = "sandbox-trackstar-token";

/// CartonCloud: client id of the token call.
pub const CARTONCLOUD_CLIENT_ID: &str = "sandbox-cartoncloud-client";
/// CartonCloud: client secret of the token call.
pub const CARTONCLOUD_CLIENT_SECRET: &str = "sandbox-cartoncloud-secret";
/// CartonCloud: the tenant in every path.
pub const CARTONCLOUD_TENANT: &str = "22222222-0000-4000-8000-000000000002";
