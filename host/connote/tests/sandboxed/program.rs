//! The program, and what every config of it for the simulators has. The bench of the load uses it, too.

use std::path::Path;
use std::process::Stdio;

use connote_sandbox::{Sandbox, credentials};
use tokio::process::Command;

/// The environment variables of the secrets, and the secrets.
pub(crate) const SECRETS: [(&str, &str); 8] = [
    ("SHIP_KEY", credentials::STARSHIPIT_API_KEY),
    ("SHIP_SUBSCRIPTION", credentials::STARSHIPIT_SUBSCRIPTION_KEY),
    ("SHIP_HOOKS", credentials::STARSHIPIT_WEBHOOK_SECRET),
    ("TRACKSTAR_KEY", credentials::TRACKSTAR_API_KEY),
    ("TRACKSTAR_TOKEN", credentials::TRACKSTAR_ACCESS_TOKEN),
    ("TRACKSTAR_HOOKS", credentials::TRACKSTAR_WEBHOOK_SECRET),
    ("CARTONCLOUD_ID", credentials::CARTONCLOUD_CLIENT_ID),
    ("CARTONCLOUD_SECRET", credentials::CARTONCLOUD_CLIENT_SECRET),
];

/// The settings of the connection to Trackstar.
pub(crate) const TRACKSTAR: &str = r#"
        [connections.trackstar.settings]
        default_piece_weight_g = 500
        trackstar = { integration = "sandbox", shipping_cost_minor = 995, warehouse_id = "wh_mel", currency = "AUD" }
"#;

/// The accounts `ship` and `trackstar`, each with as many requests a second.
pub(crate) fn accounts(sandbox: &Sandbox, per_second: [u32; 2]) -> String {
    format!(
        r#"
        [accounts.ship]
        kind = "starshipit"
        base_url = "{}"
        allow_private = true
        api_key = {{ env = "SHIP_KEY" }}
        subscription_key = {{ env = "SHIP_SUBSCRIPTION" }}
        budget = {{ per_second = {} }}

        [accounts.trackstar]
        kind = "trackstar"
        base_url = "{}"
        allow_private = true
        api_key = {{ env = "TRACKSTAR_KEY" }}
        access_token = {{ env = "TRACKSTAR_TOKEN" }}
        budget = {{ per_second = {} }}
"#,
        sandbox.starshipit_url, per_second[0], sandbox.trackstar_url, per_second[1],
    )
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
