//! Simulators, a config for them, and what the program says.

use std::path::{Path, PathBuf};

use connote_sandbox::{Latency, Ports, Sandbox, World, credentials, serve};
use tokio::process::Command;

use crate::program::{TRACKSTAR, accounts};

/// The demonstration orders, behind sockets, slow enough that a kill often hits a request under way.
pub(crate) async fn world() -> Sandbox {
    let mut world = World::demo();
    world.settings.limits_scale = f64::INFINITY;
    world.settings.latency = Latency { starshipit_ms: 80, trackstar_ms: 40, cartoncloud_ms: 40 };
    serve(Ports::default(), world).await.unwrap()
}

/// Writes a config for them.
pub(crate) fn config(folder: &Path, sandbox: &Sandbox) -> PathBuf {
    let path = folder.join("connote.toml");
    let text = format!(
        r#"
        {}
        [accounts.cartoncloud]
        kind = "cartoncloud"
        base_url = "{}"
        allow_private = true
        client_id = {{ env = "CARTONCLOUD_ID" }}
        client_secret = {{ env = "CARTONCLOUD_SECRET" }}
        budget = {{ per_second = 200 }}

        [connections.trackstar]
        source = "trackstar"
        source_account = "trackstar"
        starshipit_account = "ship"
        {TRACKSTAR}
        [connections.cartoncloud]
        source = "cartoncloud"
        source_account = "cartoncloud"
        starshipit_account = "ship"

        [connections.cartoncloud.settings]
        cartoncloud = {{ tenant = "{}", weight_unit = "kg", tracking_property = "carrierTrackingNumberField" }}
        "#,
        accounts(sandbox, [200; 2]),
        sandbox.cartoncloud_url,
        credentials::CARTONCLOUD_TENANT,
    );
    std::fs::write(&path, text).unwrap();
    path
}

/// Everything it says, standard output first.
pub(crate) async fn words(mut program: Command) -> String {
    let output = program.output().await.unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
