use crate::support::{Place, check, code, out};

#[test]
fn forgetting_needs_a_yes_and_leaves_nothing() {
    let place = Place::shipped();
    check!(place.run(&["forget", "SO-1002", "--database", "demo.db"]), @"");
    check!(place.run(&["forget", "SO-1002", "--yes", "--database", "demo.db"]), @"");
    check!(place.run(&["forget", "SO-1002", "--yes", "--database", "demo.db"]), @"");
    assert_eq!(code(&place.run(&["jobs", "--order", "SO-1002", "--database", "demo.db"])), 0);
    assert_eq!(out(&place.run(&["jobs", "--order", "SO-1002", "--database", "demo.db"])), "");
}
