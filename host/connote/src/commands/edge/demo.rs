//! `--sandbox`: the Starshipit simulator in this process, and a connection that anyone may ask.

use connote_sandbox::{Ports, Sandbox, World, credentials};
use serde_json::{Value, json};

use super::deployment::Deployment;
use super::variables::Values;
use crate::config::rates::SANDBOX;
use crate::failure::Failure;

/// The token of the connection `demo`: published, and good for nothing else.
pub(super) const TOKEN: &str = "connote-demo";

/// A cart for Connote's own rate API: two boxes of tea to Sydney.
pub(super) const CART: &str = r#"{"destination":{"street":"214 Kent Street","suburb":"Sydney","state":"NSW","post_code":"2000","country":"AU"},"lines":[{"sku":"TEA-250","quantity":2,"weight_g":310,"price_minor":1450}],"currency":"AUD"}"#;

/// A simulator, and what is served in front of it.
pub(super) struct Demo {
    pub(super) deployment: Deployment,
    sandbox: Sandbox,
}

impl Demo {
    pub(super) async fn start(values: &mut Values) -> Result<Self, Failure> {
        let mut world = World::demo();
        // A demonstration that shows the rate limits of a developer key shows little else.
        world.settings.limits_scale = f64::INFINITY;
        let sandbox = connote_sandbox::serve(Ports::default(), world)
            .await
            .map_err(|error| Failure::unavailable(format!("the simulators cannot start: {error}")))?;
        let rates: Value = serde_json::from_str(SANDBOX).map_err(|error| Failure::usage(error.to_string()))?;
        let document = json!({
            "accounts": { "demo": {
                "kind": "starshipit",
                "base_url": sandbox.starshipit_url,
                "api_key": "demo_api_key",
                "subscription_key": "demo_subscription_key",
            } },
            "connections": { "demo": {
                "account": "demo",
                "token": "demo_token",
                "rates": rates,
            } },
        });
        values.default("demo_api_key", credentials::STARSHIPIT_API_KEY);
        values.default("demo_subscription_key", credentials::STARSHIPIT_SUBSCRIPTION_KEY);
        values.default("demo_token", TOKEN);
        Ok(Self { deployment: Deployment::from_json("the demonstration", &document.to_string())?, sandbox })
    }

    /// Where the simulator is.
    pub(super) fn starshipit_url(&self) -> &str {
        &self.sandbox.starshipit_url
    }

    pub(super) async fn stop(self) {
        self.sandbox.shutdown().await;
    }
}
