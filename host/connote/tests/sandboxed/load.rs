//! `connote serve` under load: far ends fail at random, webhooks come twice, late, out of order and forged, programs hand orders in and some of them
//! again, and the process is killed with `kill -9` again and again.

mod audit;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use connote_sandbox::{
    DeliveryFault, DeliveryFaultKind, FarEnd, Fault, FaultKind, Ports, Sandbox, Subscription, World, serve,
};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::program::{TRACKSTAR, accounts, program};
use audit::{audit, not_seen, printed, settled_stock};

/// What is asked of the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// Orders: every other one is handed in over the API, the rest is told by webhooks of Trackstar.
    pub(crate) orders: u64,
    /// All choices repeat from it.
    pub(crate) seed: u64,
    /// How many times faster than documented the far ends take requests, and how much larger the budgets are.
    pub(crate) scale: u32,
    /// Requests of which one fails, on average.
    pub(crate) fault_every: u64,
    /// The longest time between two kills, in milliseconds.
    pub(crate) kill_within_ms: u64,
}

/// What became of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ended {
    /// From the first order to the last that was carried through.
    pub(crate) took: Duration,
    /// How often the process was killed.
    pub(crate) kills: u64,
    /// How many requests the far ends were made to fail.
    pub(crate) faults: u64,
    /// How many webhooks were made to come twice, late, behind the next one, or forged.
    pub(crate) spoilt: u64,
    /// Orders by their state.
    pub(crate) states: BTreeMap<String, u64>,
    /// Labels that were charged.
    pub(crate) charged: u64,
    /// What must not be, in words.
    pub(crate) wrong: Vec<String>,
    /// The most memory that a server held, in bytes.
    pub(crate) resident: u64,
}

/// A generator of choices that repeats from its seed (SplitMix64).
#[derive(Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()].clone()
    }
}

/// A server, and where it listens.
struct Server {
    child: Child,
    address: String,
}

struct Site {
    folder: PathBuf,
    sandbox: Sandbox,
}

impl Site {
    fn command(&self, arguments: &[&str]) -> Command {
        program(&self.folder, Path::new("connote.toml"), arguments)
    }

    async fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().await.unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    async fn start(&self, listen: &str) -> Server {
        let log = std::fs::File::options().append(true).create(true).open(self.folder.join("log")).unwrap();
        let mut command = self.command(&["serve", "--json", "--listen", listen]);
        let mut child = command.stderr(Stdio::from(log)).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
        let said: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("{}", std::fs::read_to_string(self.folder.join("log")).unwrap()));
        let address = said["base_url"].as_str().unwrap().trim_start_matches("http://").to_owned();
        Server { child, address }
    }
}

/// One order of the warehouse behind Trackstar, as the sandbox has it.
fn trackstar_order(template: &Value, id: u64) -> Value {
    let mut order = template.clone();
    order["id"] = format!("load_{id}").into();
    order["order_number"] = format!("T-{id}").into();
    order
}

fn own_order(id: u64) -> Value {
    let mut order: Value = serde_json::from_str(include_str!("../../../../docs/examples/domestic.json")).unwrap();
    order["number"] = format!("N-{id}").into();
    order["source-id"] = id.to_string().into();
    order
}

fn config(sandbox: &Sandbox, scale: u32) -> String {
    let accounts = accounts(sandbox, [2 * scale, 10 * scale]);
    format!(
        r#"
        {accounts}
        [connections.own]
        source = "connote"
        starshipit_account = "ship"
        webhooks.starshipit = [{{ env = "SHIP_HOOKS" }}]

        [connections.trackstar]
        source = "trackstar"
        source_account = "trackstar"
        starshipit_account = "ship"
        poll_minutes = 1
        webhooks.trackstar = [{{ env = "TRACKSTAR_HOOKS" }}]
        {TRACKSTAR}
        [feed]
        poll_minutes = 1
        ledger = true
        "#
    )
}

/// One request; `None` when there is nobody, or no answer.
async fn ask(address: &str, method: &str, path: &str, headers: &str, body: &str) -> Option<(u16, String)> {
    let asked = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        let head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}");
        stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.get(9..12)?.parse().ok()?, body.to_owned()))
    };
    tokio::time::timeout(Duration::from_secs(20), asked).await.ok().flatten()
}

/// Hands an order in as a program would that wants no order twice: under one key, until it is told that it was taken.
async fn hand_in(address: &str, token: &str, id: u64, key: &str) {
    let body = own_order(id).to_string();
    let headers =
        format!("authorization: Bearer {token}\r\ncontent-type: application/json\r\nidempotency-key: {key}\r\n");
    loop {
        match ask(address, "POST", "/v1/orders?connection=own", &headers, &body).await {
            // Its server was killed while it was answered: nobody knows yet whether it was taken.
            Some((409, said)) if said.contains("in-progress") => tokio::time::sleep(Duration::from_millis(500)).await,
            // 409: it runs, or is through, which is what the same order again is told.
            Some((200..=299 | 409, _)) => return,
            Some((400..=499, said)) if !said.contains("rate") => panic!("order {id}: {said}"),
            _ => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

/// Half of the failures leave it open whether the far end has acted.
const FAULTS: [FaultKind; 9] = [
    FaultKind::RefuseConnection,
    FaultKind::ResetBeforeActing,
    FaultKind::ActThenReset,
    FaultKind::ActThenHang,
    FaultKind::Status429Gateway,
    FaultKind::Status500Html,
    FaultKind::ActThen500Html,
    FaultKind::MalformedJson,
    FaultKind::HangThenActAfterMs(20_000),
];

const SPOILT: [DeliveryFaultKind; 6] = [
    DeliveryFaultKind::Duplicate,
    DeliveryFaultKind::BehindNext,
    DeliveryFaultKind::LateMs(5_000),
    DeliveryFaultKind::BadSignature,
    DeliveryFaultKind::ReplayAfterMs(3_000),
    DeliveryFaultKind::Drop,
];

/// Makes requests and deliveries fail as long as orders come in.
async fn disturb(world: Arc<Mutex<World>>, load: Load, coming: Arc<AtomicBool>, ended: Arc<Mutex<Ended>>) {
    const EVERY: Duration = Duration::from_millis(250);
    let mut dice = Dice(load.seed ^ 0xfa17);
    // Far ends answer about as many requests as the budgets allow.
    let requests = u64::from(load.scale) * 3 / 4;
    while coming.load(Ordering::SeqCst) {
        {
            let (mut world, mut ended) = (world.lock().unwrap(), ended.lock().unwrap());
            if dice.below(load.fault_every) < requests {
                let far_end = dice.one(&[FarEnd::Starshipit, FarEnd::Starshipit, FarEnd::Trackstar]);
                let path = match far_end {
                    FarEnd::Starshipit => dice.one(&["/api/orders", "/api/orders/shipment", ""]),
                    _ => "",
                };
                let skip = u32::try_from(dice.below(20)).unwrap();
                world.fault(Fault { skip, ..Fault::once(far_end, "", path, dice.one(&FAULTS)) });
                ended.faults += 1;
            }
            let far_end = dice.one(&[FarEnd::Starshipit, FarEnd::Trackstar]);
            world.delivery_fault(DeliveryFault { skip: 1, ..DeliveryFault::once(far_end, "", dice.one(&SPOILT)) });
            ended.spoilt += 1;
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Hands all orders in, at twice the pace at which they can be shipped.
async fn submit(address: String, token: String, world: Arc<Mutex<World>>, load: Load) {
    const SIDE_BY_SIDE: u64 = 16;
    // As it is before anybody ships it.
    let template = World::demo().trackstar.order("ord_1001").unwrap().clone();
    let next = Arc::new(AtomicU64::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..SIDE_BY_SIDE {
        let (address, token, world, next) = (address.clone(), token.clone(), world.clone(), next.clone());
        let template = template.clone();
        let mut dice = Dice(load.seed.wrapping_mul(31).wrapping_add(worker));
        tasks.spawn(async move {
            loop {
                let id = next.fetch_add(1, Ordering::SeqCst);
                if id >= load.orders {
                    return;
                }
                if id % 2 == 1 {
                    world.lock().unwrap().trackstar.put_order(trackstar_order(&template, id));
                } else {
                    hand_in(&address, &token, id, &format!("key-{id}")).await;
                    if dice.below(5) == 0 {
                        let again = if dice.below(2) == 0 { format!("key-{id}") } else { format!("again-{id}") };
                        hand_in(&address, &token, id, &again).await;
                    }
                }
                tokio::time::sleep(Duration::from_millis(
                    dice.below(2 * SIDE_BY_SIDE * 1000 / (2 * u64::from(load.scale))),
                ))
                .await;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

/// Memory that a process holds, in bytes.
fn resident(process: Option<u32>) -> u64 {
    let status = process.and_then(|id| std::fs::read_to_string(format!("/proc/{id}/status")).ok()).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024
}

/// Orders by key, as the server tells them.
async fn orders(address: &str, token: &str) -> BTreeMap<(String, String), Value> {
    let headers = format!("authorization: Bearer {token}\r\n");
    let (mut all, mut cursor) = (BTreeMap::new(), String::new());
    loop {
        let path = format!("/v1/orders?limit=200{cursor}");
        let (status, body) = ask(address, "GET", &path, &headers, "").await.expect("an answer");
        assert_eq!(status, 200, "{body}");
        let page: Value = serde_json::from_str(&body).unwrap();
        for order in page["orders"].as_array().unwrap() {
            let text = |name: &str| order[name].as_str().unwrap().to_owned();
            all.insert((text("connection"), text("source-id")), order.clone());
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

async fn any_waiting(address: &str, token: &str) -> bool {
    let headers = format!("authorization: Bearer {token}\r\n");
    let said = ask(address, "GET", "/v1/orders?state=waiting&limit=1", &headers, "").await;
    !said.is_some_and(|(_, body)| body.contains("\"orders\":[]"))
}

/// Runs a load to its end. `say` is told how far it is.
pub(crate) async fn run(load: Load, say: impl Fn(String)) -> Ended {
    let mut world = World::demo();
    world.settings.limits_scale = f64::from(load.scale);
    let sandbox = serve(Ports::default(), world).await.unwrap();
    let kept = tempfile::tempdir().unwrap();
    let site = Site { folder: kept.path().to_owned(), sandbox };
    std::fs::write(site.folder.join("connote.toml"), config(&site.sandbox, load.scale)).unwrap();
    // Somebody has looked at a label of this account.
    site.run(&["ship", "--yes", "--limit", "1", "--connection", "trackstar"]).await;
    let made = site.run(&["token", "new", "load", "--scope", "read", "--scope", "write", "--json"]).await;
    let made: Value = serde_json::from_str(&made).unwrap_or_else(|_| panic!("{made}"));
    let token = made["token"].as_str().unwrap().to_owned();

    let before = printed(&site.sandbox.world().lock().unwrap());
    let mut server = site.start("127.0.0.1:0").await;
    let address = server.address.clone();
    let world = site.sandbox.world();
    {
        let mut world = world.lock().unwrap();
        let hooks = format!("http://{address}/webhooks");
        world.subscribe(Subscription::new(FarEnd::Starshipit, &format!("{hooks}/own/starshipit")));
        world.subscribe(Subscription::new(FarEnd::Trackstar, &format!("{hooks}/trackstar/trackstar")));
    }
    let began = Instant::now();
    let (coming, ended) = (Arc::new(AtomicBool::new(true)), Arc::new(Mutex::new(Ended::default())));
    let disturbing = tokio::spawn(disturb(world.clone(), load, coming.clone(), ended.clone()));
    let mut submitting = tokio::spawn(submit(address.clone(), token.clone(), world.clone(), load));
    let mut dice = Dice(load.seed ^ 0x0dd);
    let (mut kills, mut most) = (0, 0);
    let mut submitted = false;
    loop {
        let nap = Duration::from_millis(500 + dice.below(load.kill_within_ms));
        tokio::select! {
            done = &mut submitting, if !submitted => {
                done.unwrap();
                submitted = true;
            }
            () = tokio::time::sleep(nap) => {}
        }
        let charged = world.lock().unwrap().starshipit.charges().len();
        // The rest is what settles for minutes: that it can, it is left alone.
        let enough = charged as u64 * 5 >= load.orders * 4 || kills >= 10 + load.orders / 10;
        if submitted && enough {
            break;
        }
        most = most.max(resident(server.child.id()));
        server.child.kill().await.unwrap();
        kills += 1;
        server = site.start(&address).await;
        if kills % 20 == 0 {
            say(format!("{} s: {kills} kills, {charged} labels", began.elapsed().as_secs()));
        }
    }
    coming.store(false, Ordering::SeqCst);
    disturbing.await.unwrap();
    // Three more while what was begun is carried through.
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(dice.below(load.kill_within_ms))).await;
        server.child.kill().await.unwrap();
        kills += 1;
        server = site.start(&address).await;
    }
    let mut told = Instant::now();
    while any_waiting(&address, &token).await || not_seen(&world, &orders(&address, &token).await) > 0 {
        if told.elapsed() > Duration::from_secs(20) {
            let charged = world.lock().unwrap().starshipit.charges().len();
            say(format!("{} s: all orders are in, {charged} labels", began.elapsed().as_secs()));
            told = Instant::now();
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let took = began.elapsed();
    most = most.max(resident(server.child.id()));
    let rows = orders(&address, &token).await;
    let stock = settled_stock(&site, &address, &token, &world, &before).await;
    let mut ended = ended.lock().unwrap().clone();
    (ended.took, ended.kills, ended.resident) = (took, kills, most);
    ended.wrong.extend(stock);
    audit(&world.lock().unwrap(), &rows, load, &mut ended);
    ended
}
