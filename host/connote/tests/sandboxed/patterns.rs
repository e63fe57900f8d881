//! The settings of `docs/patterns`, as they stand there, each carried to its end by the program.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use connote_sandbox::{FarEnd, Request, Response, Sandbox, SeenRequest, Subscription, World, credentials};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::program::program;
use crate::stage::{words, world};

/// The secrets, by the names that the files give them.
const SECRETS: [(&str, &str); 9] = [
    ("STARSHIPIT_API_KEY", credentials::STARSHIPIT_API_KEY),
    ("STARSHIPIT_SUBSCRIPTION_KEY", credentials::STARSHIPIT_SUBSCRIPTION_KEY),
    ("STARSHIPIT_WEBHOOK_SECRET", credentials::STARSHIPIT_WEBHOOK_SECRET),
    ("TRACKSTAR_API_KEY", credentials::TRACKSTAR_API_KEY),
    ("TRACKSTAR_ACCESS_TOKEN", "sandbox-trackstar-token-extensiv"),
    ("TRACKSTAR_WEBHOOK_SECRET", credentials::TRACKSTAR_WEBHOOK_SECRET),
    ("CARTONCLOUD_CLIENT_ID", credentials::CARTONCLOUD_CLIENT_ID),
    ("CARTONCLOUD_CLIENT_SECRET", credentials::CARTONCLOUD_CLIENT_SECRET),
    ("CARTONCLOUD_WEBHOOK_SECRET", credentials::CARTONCLOUD_WEBHOOK_SECRET),
];

/// Nobody's tenant, as the files have it.
const TENANT: &str = "00000000-0000-0000-0000-000000000000";

/// The order of a pattern, and the one of the first label: source id and number.
const TRACKSTAR: [(&str, &str); 2] = [("ord_1001", "SO-1001"), ("ord_1005", "SO-1005")];
const CARTONCLOUD: [(&str, &str); 2] =
    [("44444444-0000-4000-8000-000000000001", "PO-5512"), ("44444444-0000-4000-8000-000000000005", "PO-5516")];

/// Far longer than anything here takes.
const LIMIT: Duration = Duration::from_secs(60);

/// Simulators, and a pattern's file for them.
struct Site {
    /// The far ends stop when it is dropped.
    _sandbox: Sandbox,
    world: Arc<Mutex<World>>,
    folder: TempDir,
}

impl Site {
    /// What no file can know of a sandbox is replaced: the tenant, and where the far ends are.
    async fn new(pattern: &str) -> Self {
        let sandbox = world().await;
        let mut text = pattern.replace(TENANT, credentials::CARTONCLOUD_TENANT);
        for far_end in FarEnd::ALL {
            let kind = format!("kind = \"{}\"\n", far_end.name());
            let local = format!("{kind}base_url = \"{}\"\nallow_private = true\n", sandbox.url(far_end));
            text = text.replace(&kind, &local);
        }
        assert_eq!(text.matches("allow_private").count(), text.matches("[accounts.").count(), "{text}");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("connote.toml"), text).unwrap();
        Self { world: sandbox.world(), _sandbox: sandbox, folder }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    fn connote(&self, arguments: &[&str]) -> Command {
        let mut command = program(self.folder.path(), &self.folder.path().join("connote.toml"), arguments);
        command.envs(SECRETS);
        command
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Somebody buys the account's first label, and looks at it.
    async fn first_label(&self, number: &str) {
        let output = self.connote(&["ship", "--yes", "--limit", "1"]).output().await.unwrap();
        assert!(output.status.success() && self.world().labels_charged(number) == 1, "{output:#?}");
    }

    /// Starts the server, waits for its first look at the source, and enters its address for webhooks at a far end.
    async fn serve(&self, connection: &str, teller: FarEnd) -> Child {
        let before = self.world().requests().count();
        let log = std::fs::File::create(self.log()).unwrap();
        let mut command = self.connote(&["serve", "--json", "--listen", "127.0.0.1:0"]);
        let mut child = command.stderr(Stdio::from(log)).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
        let said: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("it does not serve: {}", std::fs::read_to_string(self.log()).unwrap()));
        let hook = format!("{}/webhooks/{connection}/{}", said["base_url"].as_str().unwrap(), teller.name());
        self.world().subscribe(Subscription::new(teller, &hook));
        let lists = ["/wms/orders?", "/outbound-orders/search?"];
        let looks = |seen: &SeenRequest| lists.iter().any(|list| seen.path.contains(list));
        self.until("look at the orders of the source", |world| world.requests().skip(before).any(looks)).await;
        child
    }

    /// Waits until the far ends have seen something.
    async fn until(&self, what: &str, holds: impl Fn(&World) -> bool) {
        let began = Instant::now();
        while !holds(&self.world()) {
            if began.elapsed() > LIMIT {
                let line = |seen: &SeenRequest| format!("{} {}: {}", seen.method, seen.path, seen.outcome);
                let seen: Vec<String> = self.world().requests().map(line).collect();
                let log = std::fs::read_to_string(self.log()).unwrap_or_default();
                panic!("no {what} within {LIMIT:?}: {seen:#?}\n{log}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Somebody else asks Starshipit.
    fn ask_starshipit(&self, method: &str, path: &str, body: &Value) -> Value {
        let request = Request::new(method, path)
            .with_header("starshipit-api-key", credentials::STARSHIPIT_API_KEY)
            .with_header("ocp-apim-subscription-key", credentials::STARSHIPIT_SUBSCRIPTION_KEY)
            .with_json(body);
        let mut world = self.world();
        let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let answer = world.handle(u64::try_from(now_ms).unwrap(), FarEnd::Starshipit, &request);
        answer.response().and_then(Response::body_json).unwrap()
    }

    /// Nothing at Trackstar is picked but the order of the first label. Gives the order of the pattern as it would be.
    fn not_picked_yet(&self) -> Value {
        let mut world = self.world();
        let picked = world.trackstar.order(TRACKSTAR[0].0).unwrap().clone();
        let ids: Vec<String> = world.trackstar.order_ids().map(str::to_owned).collect();
        for id in ids.iter().filter(|id| *id != TRACKSTAR[1].0) {
            let mut order = world.trackstar.order(id).unwrap().clone();
            order["status"] = "open".into();
            world.trackstar.put_order(order);
        }
        picked
    }

    /// Nothing is at CartonCloud but this order. Gives the order of the pattern.
    fn alone(&self, kept: &str) -> Value {
        let mut world = self.world();
        let order = world.cartoncloud.order(CARTONCLOUD[0].0).unwrap().clone();
        let ids: Vec<String> = world.cartoncloud.order_ids().map(str::to_owned).collect();
        for id in ids.iter().filter(|id| *id != kept) {
            assert!(world.cartoncloud.delete_order(id));
        }
        order
    }

    /// The end of every pattern: the number has one order and one label at Starshipit, so has each of the first labels, `told` is its tracking number, the
    /// webhooks were taken, and nothing failed on the way.
    async fn is_shipped_once(&self, number: &str, told: &[String], first_labels: usize) {
        let failed = words(self.connote(&["jobs", "--failed", "--json"])).await;
        assert_eq!(failed.trim(), "[]");
        let world = self.world();
        let state = world.state();
        assert_eq!(state["starshipit"]["orders"].as_array().unwrap().len(), 1 + first_labels, "{state:#}");
        assert_eq!(world.starshipit.charges().len(), 1 + first_labels, "{:#?}", world.starshipit.charges());
        assert_eq!((world.starshipit.order_ids(number).len(), world.labels_charged(number)), (1, 1));
        let charge = world.starshipit.charges().iter().find(|charge| charge.order_number == number).unwrap();
        assert_eq!(told, std::slice::from_ref(&charge.tracking_number));
        let refused = |one: &&Value| matches!(one["stage"].as_str(), Some("failed" | "dropped"));
        let deliveries = state["webhooks"]["deliveries"].as_array().unwrap();
        assert!(!deliveries.is_empty() && !deliveries.iter().any(|one| refused(&one)), "{deliveries:#?}");
        assert!(world.violations().is_empty(), "{:?}", world.violations());
    }
}

/// Bodies that Starshipit was sent there, by anybody, each with its place among all requests.
fn asked(world: &World, method: &str, path: &str) -> Vec<(usize, Value)> {
    let asked = world.requests().enumerate().filter(|(_, seen)| {
        seen.far_end == FarEnd::Starshipit && seen.method == method && seen.path.split('?').next() == Some(path)
    });
    asked.map(|(place, seen)| (place, serde_json::from_str(&seen.body).unwrap())).collect()
}

fn told_to_cartoncloud(world: &World) -> Vec<String> {
    world.cartoncloud.tracking_received(CARTONCLOUD[0].0).map(str::to_owned).into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn print_outside_prints_what_another_system_has_picked_and_tells_it_the_tracking() {
    let site = Site::new(include_str!("../../../../docs/patterns/print-outside.toml")).await;
    let [(order, number), (_, first)] = TRACKSTAR;
    let mut picked = site.not_picked_yet();
    picked["status"] = "picked".into();
    site.first_label(first).await;
    let mut server = site.serve("warehouse", FarEnd::Trackstar).await;
    assert_eq!(site.world().starshipit.order_ids(number), [] as [u64; 0]);
    site.world().trackstar.put_order(picked);
    site.until("tracking at Trackstar", |world| !world.trackstar.tracking_received(order).is_empty()).await;
    let told = site.world().trackstar.tracking_received(order);
    site.is_shipped_once(number, &told, 1).await;
    let mut labels = std::fs::read_dir(site.folder.path().join("labels/warehouse")).unwrap();
    assert!(
        labels.any(|label| label.unwrap().file_name().to_string_lossy().starts_with(number)),
        "no file of its label"
    );
    server.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn print_in_starshipit_creates_what_staff_print_there_and_tells_the_tracking_that_its_webhook_brings() {
    let site = Site::new(include_str!("../../../../docs/patterns/print-in-starshipit.toml")).await;
    let [(order, number), _] = CARTONCLOUD;
    site.alone(order);
    let mut server = site.serve("desk", FarEnd::Starshipit).await;
    // The next look at the shipped orders is minutes away: only the webhook can tell of what is printed from now on.
    let looked = |world: &World| world.requests().any(|seen| seen.path.starts_with("/api/orders/shipped"));
    site.until("order at Starshipit and look at the shipped ones", |world| {
        !world.starshipit.order_ids(number).is_empty() && looked(world)
    })
    .await;
    assert_eq!(site.world().labels_charged(number), 0);
    let order_id = site.world().starshipit.order_ids(number)[0];
    let printed =
        site.ask_starshipit("POST", "/api/orders/shipment", &json!({ "order_id": order_id, "reprint": false }));
    site.until("tracking at CartonCloud", |world| !told_to_cartoncloud(world).is_empty()).await;
    let told = told_to_cartoncloud(&site.world());
    assert_eq!(json!(told), printed["tracking_numbers"], "{printed}");
    assert_eq!(asked(&site.world(), "POST", "/api/orders/shipment").len(), 1, "only staff print");
    site.is_shipped_once(number, &told, 0).await;
    server.kill().await.unwrap();
}

/// What the shop's own integration makes of an order of Trackstar: other words, and one box of one kilogram.
fn imported(site: &Site, (id, number): (&str, &str)) -> u64 {
    let to = site.world().trackstar.order(id).unwrap()["ship_to_address"].clone();
    let destination = json!({
        "name": to["full_name"], "street": to["address1"], "suburb": to["city"], "state": to["state"], "post_code": to["postal_code"],
        "country": "Australia",
    });
    let body = json!({ "order": {
        "order_number": number, "shipping_method": "Free shipping", "destination": destination, "packages": [{ "weight": 1 }],
    } });
    let answer = site.ask_starshipit("POST", "/api/orders", &body);
    answer["order"]["order_id"].as_u64().unwrap_or_else(|| panic!("{answer}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn print_what_starshipit_imported_changes_nothing_but_the_parcels_and_creates_nothing() {
    let site = Site::new(include_str!("../../../../docs/patterns/print-what-starshipit-imported.toml")).await;
    let [(order, number), (_, first)] = TRACKSTAR;
    let packed = site.not_picked_yet();
    let [order_id, _] = TRACKSTAR.map(|order| imported(&site, order));
    site.first_label(first).await;
    let mut server = site.serve("warehouse", FarEnd::Trackstar).await;
    site.world().trackstar.put_order(packed);
    site.until("tracking at Trackstar", |world| !world.trackstar.tracking_received(order).is_empty()).await;
    let told = site.world().trackstar.tracking_received(order);
    site.is_shipped_once(number, &told, 1).await;
    {
        let world = site.world();
        assert_eq!(
            asked(&world, "POST", "/api/orders").len(),
            TRACKSTAR.len(),
            "the shop's integration creates, and nobody else"
        );
        let at_starshipit = world.starshipit.order(order_id).unwrap();
        assert_eq!(at_starshipit["shipping_method"], "Free shipping");
        assert_eq!(at_starshipit["packages"][0]["weight"].as_f64(), Some(0.62), "{at_starshipit:#}");
        for (_, put) in asked(&world, "PUT", "/api/orders") {
            let order = put["order"].as_object().unwrap();
            assert!(order.keys().all(|key| key == "order_id" || key == "packages"), "{put}");
        }
    }
    server.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn update_before_printing_creates_early_and_prints_what_was_packed_to_where_staff_corrected_it() {
    const CORRECTED: &str = "Level 2, 9 Corrected Road";
    const PACKED_KG: f64 = 2.4;
    let site = Site::new(include_str!("../../../../docs/patterns/update-before-printing.toml")).await;
    let [(_, number), (first_id, first)] = CARTONCLOUD;
    let order = site.alone(first_id);
    site.first_label(first).await;
    let mut server = site.serve("warehouse", FarEnd::CartonCloud).await;
    let mut early = order.clone();
    early["status"] = "AWAITING_PICK_AND_PACK".into();
    site.world().cartoncloud.put_order(early);
    site.until("order at Starshipit", |world| !world.starshipit.order_ids(number).is_empty()).await;
    let order_id = site.world().starshipit.order_ids(number)[0];
    assert_eq!(site.world().labels_charged(number), 0);
    let corrected = json!({ "order": { "order_id": order_id, "destination": { "street": CORRECTED } } });
    site.ask_starshipit("PUT", "/api/orders", &corrected);
    // Two boxes of tea fewer were packed: 500 g less.
    let mut packed = order;
    packed["items"][0]["measures"]["quantity"] = 2.0.into();
    packed["version"] = 8.into();
    site.world().cartoncloud.put_order(packed);
    site.until("tracking at CartonCloud", |world| !told_to_cartoncloud(world).is_empty()).await;
    let told = told_to_cartoncloud(&site.world());
    site.is_shipped_once(number, &told, 1).await;
    {
        let world = site.world();
        let changes = asked(&world, "PUT", "/api/orders");
        let [_, (updated, change)] = changes.as_slice() else { panic!("{changes:#?}") };
        let (printed, _) = asked(&world, "POST", "/api/orders/shipment").pop().unwrap();
        assert!(*updated < printed, "it is updated before it is printed");
        assert!(change["order"].get("destination").is_none(), "{change}");
        let at_starshipit = world.starshipit.order(order_id).unwrap();
        let line = &at_starshipit["items"][0];
        assert_eq!((line["quantity"].as_f64(), line["quantity_to_ship"].as_f64()), (Some(2.0), Some(2.0)), "{line:#}");
        assert_eq!(at_starshipit["packages"][0]["weight"].as_f64(), Some(PACKED_KG), "{at_starshipit:#}");
        assert_eq!(at_starshipit["destination"]["street"], CORRECTED);
    }
    server.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_not_packed_yet_does_not_take_the_place_of_an_accounts_first_label() {
    let site = Site::new(include_str!("../../../../docs/patterns/update-before-printing.toml")).await;
    let [(_, number), (first_id, first)] = CARTONCLOUD;
    let mut early = site.alone(first_id);
    early["status"] = "AWAITING_PICK_AND_PACK".into();
    site.world().cartoncloud.put_order(early);
    site.first_label(first).await;
    assert!(site.world().starshipit.order_ids(number).is_empty(), "--limit 1 is one order");
    let said = words(site.connote(&["ship", "--yes"])).await;
    assert!(said.contains("1 at Starshipit, to be printed when packed"), "{said}");
    let world = site.world();
    assert_eq!((world.starshipit.order_ids(number).len(), world.labels_charged(number)), (1, 0));
}
