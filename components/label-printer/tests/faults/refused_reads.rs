//! Reads that are refused while a purchase is being settled: "not found" and "something went wrong" look alike, so neither proves
//! that nothing was bought.

use connote_sandbox::{FarEnd, Fault, FaultKind};
use connote_types::steps::{Disposition, Problem};

use super::host::End;
use super::shop::{NEVER, Shop};
use super::{CREATE, PRINT};

/// Refuses reads the way Starshipit words everything: also "not found" looks like this.
fn refuse_reads(shop: &mut Shop, path: &str, skip: u32, times: u32) {
    let words = FaultKind::SuccessFalse("Something went wrong, please try again".into());
    let mut fault = Fault::once(FarEnd::Starshipit, "GET", path, words);
    (fault.skip, fault.times) = (skip, times);
    shop.host.world.fault(fault);
}

fn lost() -> [FaultKind; 4] {
    [
        FaultKind::ActThenReset,
        FaultKind::ActThenHang,
        FaultKind::ActLateMs(60_000),
        FaultKind::HangThenActAfterMs(100_000),
    ]
}

fn assert_unsettled(problem: &Problem, context: &str) {
    assert_eq!(problem.disposition, Disposition::Unavailable, "{context}");
    assert!(problem.attributes.iter().any(|(key, _)| key == "unsettled"), "{context}: {problem:?}");
}

#[test]
fn not_found_is_worded_like_any_refusal_so_a_refused_read_after_a_lost_print_books_nothing_again() {
    for kind in lost() {
        for times in [1, 2, 3, 1_000] {
            let mut shop = Shop::new().fault("POST", PRINT, kind.clone());
            shop.placed();
            // The first read is let through: these are the reads that settle.
            refuse_reads(&mut shop, "order_id=", 1, times);
            let context = format!("{kind:?} {times}");
            match shop.print_until(NEVER) {
                End::Done(result) => assert_eq!(result.documents.len(), 1, "{context}"),
                End::Failed(problem) => assert_unsettled(&problem, &context),
                End::Crashed => unreachable!(),
            }
            shop.host.much_later();
            let prints = shop.host.asked.iter().filter(|name| name.starts_with("print")).count();
            assert_eq!((prints, shop.labels()), (1, 1), "{context} {:?}", shop.host.asked);
        }
    }
}

#[test]
fn a_lost_print_stays_open_over_attempts_until_the_order_can_be_read() {
    for crash_after in [2, 3, NEVER] {
        let mut shop = Shop::new().fault("POST", PRINT, FaultKind::ActLateMs(60_000));
        shop.placed();
        refuse_reads(&mut shop, "order_id=", 1, 25);
        for attempt in 0..2 {
            match shop.print_until(if attempt == 0 { crash_after } else { NEVER }) {
                End::Failed(problem) => assert_unsettled(&problem, "still refused"),
                End::Crashed => assert_eq!(attempt, 0),
                End::Done(result) => panic!("{result:?}"),
            }
        }
        shop.host.much_later();
        while matches!(shop.print_until(NEVER), End::Failed(_)) {}
        let prints = shop.host.asked.iter().filter(|name| name.starts_with("print")).count();
        assert_eq!((prints, shop.labels()), (1, 1), "{crash_after} {:?}", shop.host.asked);
    }
}

#[test]
fn not_found_is_worded_like_any_refusal_so_a_refused_look_up_after_a_lost_create_makes_no_second_order() {
    for kind in lost() {
        for times in [1, 2, 3, 4, 1_000] {
            for path in [CREATE, "order_number=", "search"] {
                let mut shop = Shop::new().fault("POST", CREATE, kind.clone());
                // The look-up before the create is let through.
                refuse_reads(&mut shop, path, u32::from(path != "search"), times);
                let context = format!("{kind:?} {times} {path}");
                match shop.place_until(NEVER) {
                    End::Done(placed) => assert_ne!(placed.order_id, 0),
                    End::Failed(problem) => assert_unsettled(&problem, &context),
                    End::Crashed => unreachable!(),
                }
                shop.host.much_later();
                let creates = shop.host.asked.iter().filter(|name| name.starts_with("create")).count();
                assert_eq!((creates, shop.orders()), (1, 1), "{context} {:?}", shop.host.asked);
            }
        }
    }
}
