//! A backup that is made while orders are shipped, and put back when more were bought: nothing is bought twice.

use std::time::Duration;

use connote_host::journal::backup;
use connote_sandbox::World;
use connote_server::store::OrderState;
use connote_server_tests::{Site, order, own};

const HOUR: Duration = Duration::from_secs(3600);

/// Orders of the test: more than run side by side.
const ORDERS: u64 = 100;

#[tokio::test(start_paused = true)]
async fn a_stale_backup_that_is_put_back_finds_what_was_bought_since_and_buys_nothing_twice() {
    let site = Site::new(World::empty(), [own()]);
    let server = site.start();
    let hand_in = async |server: &connote_server_tests::Server, id: u64| {
        let body = order(&id.to_string()).to_string().into_bytes();
        server.engine.submit("own", None, body).await.unwrap();
    };
    for id in 0..ORDERS {
        hand_in(&server, id).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut copies = Vec::new();
    for copy in 0..5 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        let (from, to) = (site.database(), folder.path().join(copy.to_string()));
        let made = to.clone();
        tokio::task::spawn_blocking(move || backup(&from, &made)).await.unwrap().unwrap();
        copies.push(to);
    }
    server.until_none(&[OrderState::Waiting], HOUR).await;
    server.kill().await;
    for copy in copies {
        site.restore(&copy);
        let server = site.start();
        for id in 0..ORDERS {
            // As an integrator does who does not know what the backup knows.
            hand_in(&server, id).await;
        }
        server.until_none(&[OrderState::Waiting], HOUR).await;
        for id in 0..ORDERS {
            let row = server.order("own", &id.to_string()).await.unwrap();
            assert_eq!(row.state, OrderState::Done, "{row:?}");
            assert_eq!(site.stage.world().labels_charged(&format!("N-{id}")), 1, "{row:?}");
        }
        server.kill().await;
    }
}
