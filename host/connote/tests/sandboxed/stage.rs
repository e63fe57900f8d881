//! Simulators, a config for them, and the program with it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use connote_sandbox::{Latency, Ports, Sandbox, World, credentials, serve};
use tokio::process::Command;

/// The environment variables of the secrets, and the secrets.
pub(crate) const SECRETS: [(&str, &str); 6] = [
    ("SHIP_KEY", credentials::STARSHIPIT_API_KEY),
    ("SHIP_SUBSCRIPTION", credentials::STARSHIPIT_SUBSCRIPTION_KEY),
    ("TRACKSTAR_KEY", credentials::TRACKSTAR_API_KEY),
    ("TRACKSTAR_TOKEN", credentials::TRACKSTAR_ACCESS_TOKEN),
    ("CARTONCLOUD_ID", credentials::CARTONCLOUD_CLIENT_ID),
    ("CARTONCLOUD_SECRET", credentials::CARTONCLOUD_CLIENT_SECRET),
];

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
        [accounts.ship]
        kind = "starshipit"
        base_url = "{}"
        allow_private = true
        api_key = {{ env = "SHIP_KEY" }}
        subscription_key = {{ env = "SHIP_SUBSCRIPTION" }}
        budget = {{ per_second = 200 }}

        [accounts.trackstar]
        kind = "trackstar"
        base_url = "{}"
        allow_private = true
        api_key = {{ env = "TRACKSTAR_KEY" }}
        access_token = {{ env = "TRACKSTAR_TOKEN" }}
        budget = {{ per_second = 200 }}

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

        [connections.trackstar.settings]
        default_piece_weight_g = 500
        trackstar = {{ integration = "sandbox", shipping_cost_minor = 995, warehouse_id = "wh_mel", currency = "AUD" }}

        [connections.cartoncloud]
        source = "cartoncloud"
        source_account = "cartoncloud"
        starshipit_account = "ship"

        [connections.cartoncloud.settings]
        cartoncloud = {{ tenant = "{}", weight_unit = "kg", tracking_property = "carrierTrackingNumberField" }}
        "#,
        sandbox.starshipit_url,
        sandbox.trackstar_url,
        sandbox.cartoncloud_url,
        credentials::CARTONCLOUD_TENANT,
    );
    std::fs::write(&path, text).unwrap();
    path
}

/// The program in this folder with this config. Compiled components are shared between folders.
pub(crate) fn program(folder: &Path, config: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_connote"));
    command
        .args(arguments)
        .arg("--config")
        .arg(config)
        .current_dir(folder)
        .envs(SECRETS)
        .env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Everything it says, standard output first.
pub(crate) async fn words(mut program: Command) -> String {
    let output = program.output().await.unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
