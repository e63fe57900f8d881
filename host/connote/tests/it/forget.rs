use crate::support::{Place, check, code, out};

#[test]
fn forgetting_needs_a_yes_and_leaves_nothing() {
    let place = Place::shipped();
    check!(place.run(&["forget", "SO-1002", "--database", "demo.db"]), @r#"
    exit code 2
    ----- stderr
    error: there is no terminal to ask on: order ord_1002 of trackstar was not deleted
    try: --yes
    "#);
    check!(place.run(&["forget", "SO-1002", "--yes", "--database", "demo.db"]), @r#"
    exit code 0
    ----- stdout
    deleted all that was kept of order ord_1002 of trackstar
    "#);
    check!(place.run(&["forget", "SO-1002", "--yes", "--database", "demo.db"]), @r#"
    exit code 1
    ----- stderr
    error: the journal knows no order "SO-1002"
    "#);
    assert_eq!(code(&place.run(&["jobs", "--order", "SO-1002", "--database", "demo.db"])), 0);
    assert_eq!(out(&place.run(&["jobs", "--order", "SO-1002", "--database", "demo.db"])), "");
}
