//! What the simulators accept, and what they sign their webhooks with. Any other key gets the documented 401 or 403.

/// Starshipit: value of `StarShipIT-Api-Key`, which chooses the account.
pub const STARSHIPIT_API_KEY: &str = "sandbox-starshipit-key";
/// Starshipit: value of `Ocp-Apim-Subscription-Key`, which chooses the rate tier.
pub const STARSHIPIT_SUBSCRIPTION_KEY: &str = "sandbox-subscription-key";

/// Starshipit: secret of the tracking webhook, whose text is the key of `X-Starshipit-Signature`.
pub const STARSHIPIT_WEBHOOK_SECRET: &str = "sandbox-starshipit-webhook-secret";

/// Trackstar: value of `x-trackstar-api-key`, the organisation.
pub const TRACKSTAR_API_KEY: &str = "sandbox-trackstar-key";
/// Trackstar: value of `x-trackstar-access-token` of a connection to Trackstar's own sandbox. The token of another
/// warehouse system is this one, a dash and the integration name: `sandbox-trackstar-token-extensiv`.
pub const TRACKSTAR_ACCESS_TOKEN: &str = "sandbox-trackstar-token";
/// Trackstar: signing secret of the endpoint at Svix; the key is what the base64 behind `whsec_` stands for.
pub const TRACKSTAR_WEBHOOK_SECRET: &str = "whsec_c2FuZGJveC10cmFja3N0YXItd2ViaG9vay1zZWNyZXQ=";

/// CartonCloud: client id of the token call.
pub const CARTONCLOUD_CLIENT_ID: &str = "sandbox-cartoncloud-client";
/// CartonCloud: client secret of the token call.
pub const CARTONCLOUD_CLIENT_SECRET: &str = "sandbox-cartoncloud-secret";
/// CartonCloud: the tenant in every path.
pub const CARTONCLOUD_TENANT: &str = "22222222-0000-4000-8000-000000000002";
/// CartonCloud signs no webhook: this is in the query of the receiver's address, as `?secret=…`.
pub const CARTONCLOUD_WEBHOOK_SECRET: &str = "sandbox-cartoncloud-webhook-secret";
