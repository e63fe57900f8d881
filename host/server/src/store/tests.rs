use super::*;
use connote_types::tracking::FactSource;

fn key(id: &str) -> OrderKey {
    OrderKey { connection: "c".into(), source_id: id.into() }
}

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("connote.db");
    drop(connote_host::journal::SqliteJournal::open(&path).unwrap());
    let store = Store::open(&path).unwrap();
    (folder, store)
}

fn found(id: &str, priority: Priority) -> Found {
    Found { key: key(id), number: format!("N-{id}"), document: None, priority }
}

#[tokio::test]
async fn what_fails_undoes_itself_and_nothing_that_is_written_with_it() {
    let (_folder, store) = store();
    let writes = (0..50).map(|n| {
        store.write(move |tables| {
            found(&n.to_string(), Priority::Import).store(tables, 1)?;
            if n % 2 == 0 { Ok(()) } else { Err(StoreError("no".into())) }
        })
    });
    let mut results = Vec::new();
    for write in writes {
        results.push(write.await.is_ok());
    }
    assert_eq!(results.iter().filter(|ok| **ok).count(), 25);
    let listed = store.read(|tables| OrderRow::list(tables, &Listed::default(), 100)).await.unwrap();
    assert_eq!(listed.len(), 25);
    assert!(listed.iter().all(|row| row.key.source_id.parse::<u32>().unwrap() % 2 == 0));
}

#[tokio::test]
async fn labels_come_before_imports_before_looks_and_the_longest_due_first() {
    let (_folder, store) = store();
    let order = [
        ("look", Priority::Look, 1),
        ("late", Priority::Import, 5),
        ("early", Priority::Import, 2),
        ("label", Priority::Label, 9),
    ];
    for (id, priority, at_ms) in order {
        store.write(move |tables| found(id, priority).store(tables, at_ms).map(drop)).await.unwrap();
    }
    let running = std::collections::HashSet::from([key("late")]);
    let due = store.read(move |tables| OrderRow::due(tables, &["c".into()], 10, 10, &running)).await.unwrap();
    let ids: Vec<&str> = due.iter().map(|row| row.key.source_id.as_str()).collect();
    assert_eq!(ids, ["label", "early", "look"]);
    let none = std::collections::HashSet::new();
    let early = store.read(move |tables| OrderRow::due(tables, &["c".into()], 1, 10, &none)).await.unwrap();
    assert_eq!(early.len(), 1, "what is not due yet does not run");
    let none = std::collections::HashSet::new();
    let others = store.read(move |tables| OrderRow::due(tables, &["d".into()], 10, 10, &none)).await.unwrap();
    assert!(others.is_empty(), "orders of connections that are not served wait");
    assert_eq!(store.read(|tables| OrderRow::next_due(tables, 2)).await.unwrap(), Some(5));
    let queue = store.read(|tables| OrderRow::queue(tables, 10)).await.unwrap();
    assert_eq!(queue.iter().filter(|(_, due, _)| *due > 0).map(|(.., since_ms)| 10 - since_ms).max(), Some(9));
}

#[tokio::test]
async fn a_run_that_news_have_overtaken_is_followed_by_another() {
    let (_folder, store) = store();
    let row = store.write(|tables| found("1", Priority::Import).store(tables, 1)).await.unwrap();
    store.write(|tables| found("1", Priority::Label).store(tables, 2).map(drop)).await.unwrap();
    let done = |news| Ran { news, state: OrderState::Done, ..Ran::default() };
    let ran = done(row.news);
    store.write(move |tables| ran.store(tables, &key("1"), 3)).await.unwrap();
    let now = store.read(|tables| OrderRow::load(tables, &key("1"))).await.unwrap().unwrap();
    assert_eq!((now.state, now.due_ms), (OrderState::Waiting, 1), "it keeps its place in the line");
    let ran = done(now.news);
    store.write(move |tables| ran.store(tables, &key("1"), 4)).await.unwrap();
    let now = store.read(|tables| OrderRow::load(tables, &key("1"))).await.unwrap().unwrap();
    assert_eq!(now.state, OrderState::Done);
}

#[tokio::test]
async fn pages_follow_one_another_without_a_gap_and_without_one_twice() {
    let (_folder, store) = store();
    for n in 0..25_u64 {
        store
            .write(move |tables| found(&format!("{n:02}"), Priority::Import).store(tables, n / 5).map(drop))
            .await
            .unwrap();
    }
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let wanted = Listed { before: before.clone(), ..Listed::default() };
        let page = store.read(move |tables| OrderRow::list(tables, &wanted, 7)).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some((last.changed_ms, last.key.clone()));
        seen.extend(page.into_iter().map(|row| row.key.source_id));
    }
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((seen.len(), sorted.len()), (25, 25));
}

#[tokio::test]
async fn what_is_forgotten_leaves_nothing_behind_and_nobody_else_is_touched() {
    let (folder, store) = store();
    for id in ["1", "2"] {
        store
            .write(move |tables| {
                Found { document: Some(b"canary-document".to_vec()), ..found(id, Priority::Import) }
                    .store(tables, 1)?;
                tell(tables, &key(id), FactSource::Webhook, format!("canary-told-{id}").as_bytes(), 1)?;
                let event = NewEvent {
                    id: id.into(),
                    connection: "c".into(),
                    kind: "tracking".into(),
                    subject: format!("N-{id}"),
                    ..NewEvent::default()
                };
                event.store(tables, 1).map(drop)
            })
            .await
            .unwrap();
    }
    let path = folder.path().join("connote.db");
    let is_in_file = |text: &str| {
        ["connote.db", "connote.db-wal"].iter().any(|file| {
            let bytes = std::fs::read(folder.path().join(file)).unwrap_or_default();
            bytes.windows(text.len()).any(|part| part == text.as_bytes())
        })
    };
    assert!(is_in_file("canary-told-1"));
    store.write(|tables| forget(tables, &key("1"))).await.unwrap();
    assert!(connote_host::journal::SqliteJournal::open(&path).unwrap().empty_log().unwrap());
    assert_eq!(["canary-told-1", "canary-told-2"].map(is_in_file), [false, true]);
    assert!(store.read(|tables| OrderRow::load(tables, &key("1"))).await.unwrap().is_none());
    assert!(store.read(|tables| told(tables, &key("1"))).await.unwrap().is_empty());
    let events = store.read(|tables| EventRow::list(tables, &Default::default(), 10)).await.unwrap();
    assert_eq!(events.iter().map(|row| row.event.id.as_str()).collect::<Vec<_>>(), ["2"]);
    assert_eq!(store.read(|tables| told(tables, &key("2"))).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_over_expires_and_what_is_open_stays() {
    let (_folder, store) = store();
    for (id, state) in [
        ("done", OrderState::Done),
        ("attention", OrderState::Attention),
        ("cancelled", OrderState::Cancelled),
        ("placed", OrderState::Placed),
    ] {
        store
            .write(move |tables| {
                let row = found(id, Priority::Import).store(tables, 1)?;
                OrderRow { state, ..row }.save(tables, 1)
            })
            .await
            .unwrap();
    }
    store.write(|tables| expire(tables, 2)).await.unwrap();
    let listed = store.read(|tables| OrderRow::list(tables, &Listed::default(), 10)).await.unwrap();
    let mut ids: Vec<_> = listed.into_iter().map(|row| row.key.source_id).collect();
    ids.sort();
    assert_eq!(ids, ["attention", "cancelled", "placed"]);
}

#[tokio::test]
async fn what_is_told_twice_is_kept_once_and_only_so_much() {
    let (_folder, store) = store();
    let kept = store.write(|tables| {
        let first = tell(tables, &key("1"), FactSource::Webhook, b"a", 1)?;
        Ok((first, tell(tables, &key("1"), FactSource::Webhook, b"a", 2)?))
    });
    assert_eq!(kept.await.unwrap(), (true, false));
    store
        .write(|tables| {
            (0..100_u64).try_for_each(|n| tell(tables, &key("1"), FactSource::Webhook, &n.to_le_bytes(), n).map(drop))
        })
        .await
        .unwrap();
    let kept = store.read(|tables| told(tables, &key("1"))).await.unwrap();
    assert_eq!(kept.len(), 32);
    assert_eq!(kept.last().unwrap().1, 99_u64.to_le_bytes());
}

#[tokio::test]
async fn looking_for_open_events_reads_no_others() {
    let (_folder, store) = store();
    let plan = store.read(|tables| {
        let mut statement = tables.prepare(&format!("EXPLAIN QUERY PLAN {}", events::OPEN))?;
        let rows = statement.query_map(rusqlite::params!["new", "[]", 0, 1], |row| row.get::<_, String>(3))?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?.join("; "))
    });
    let plan = plan.await.unwrap();
    assert!(plan.contains("server_events_open (state=? AND rowid>?)"), "{plan}");
}

#[tokio::test]
async fn manifests_that_are_over_end_with_their_time_and_those_that_need_a_person_stay() {
    let (_folder, store) = store();
    for (at_ms, state) in [(1, ManifestState::Done), (2, ManifestState::Attention), (3, ManifestState::Waiting)] {
        let row = ManifestRow { state, ..ManifestRow::new("c", "schedule", at_ms, "2026-11-02".into()) };
        store.write(move |tables| row.save(tables, at_ms)).await.unwrap();
    }
    let left = store.write(|tables| {
        expire(tables, 10)?;
        ManifestRow::newest(tables, None, 10)
    });
    let mut ids: Vec<String> = left.await.unwrap().into_iter().map(|row| row.id).collect();
    ids.sort();
    assert_eq!(ids, ["c.2", "c.3"]);
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let (folder, store) = store();
    drop(store);
    let path = folder.path().join("connote.db");
    let file = rusqlite::Connection::open(&path).unwrap();
    let newest: i64 = file.query_row("SELECT version FROM server_schema", [], |row| row.get(0)).unwrap();
    assert_eq!(newest, 1, "nothing was released yet");
    drop(Store::open(&path).unwrap());
    file.execute("UPDATE server_schema SET version = ?1", [newest + 1]).unwrap();
    let refused = Store::open(&path).err().unwrap().to_string();
    assert!(refused.contains("a newer version") && refused.contains("schema 2, this one knows 1"), "{refused}");
    let left: Vec<i64> = file
        .prepare("SELECT version FROM server_schema")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(left, [newest + 1]);
}

#[tokio::test]
async fn a_second_delivery_is_known_however_long_its_id_is() {
    let (_folder, store) = store();
    let long = "x".repeat(255);
    for (id, is_new) in [("a", true), ("a", false), (&*long, true), (&long[1..], true), (&*long, false)] {
        let event = NewEvent { id: id.to_owned(), body: b"1".to_vec(), ..NewEvent::default() };
        assert_eq!(store.write(move |tables| event.store(tables, 1)).await.unwrap(), is_new, "{id}");
    }
    let again = NewEvent { id: "a".into(), body: b"2".to_vec(), ..NewEvent::default() };
    assert!(!store.write(move |tables| again.store(tables, 2)).await.unwrap());
    let kept = store.read(|tables| EventRow::load(tables, "a")).await.unwrap().unwrap();
    assert_eq!((kept.seq, kept.event.body, kept.received_ms), (1, b"1".to_vec(), 1));
    let shown = store.read(|tables| EventRow::list(tables, &Heard { before: Some(3), ..Heard::default() }, 9)).await;
    assert_eq!(shown.unwrap().iter().map(|row| row.seq).collect::<Vec<_>>(), [2, 1]);
}

#[tokio::test]
async fn an_event_that_has_the_number_of_a_deleted_one_is_not_settled_with_it() {
    let (_folder, store) = store();
    let event = |id: &str| NewEvent { id: id.into(), ..NewEvent::default() };
    let (old, new) = (event("old"), event("new"));
    store.write(move |tables| old.store(tables, 1)).await.unwrap();
    let old = store.read(|tables| EventRow::load(tables, "old")).await.unwrap().unwrap();
    let seq = old.seq;
    store
        .write(move |tables| {
            tables.execute("DELETE FROM server_events WHERE seq = ?1", [seq])?;
            new.store(tables, 2)?;
            old.settle(tables, EventState::Applied, "")
        })
        .await
        .unwrap();
    let new = store.read(|tables| EventRow::load(tables, "new")).await.unwrap().unwrap();
    assert_eq!((new.seq, new.state.as_str()), (seq, "new"));
}

#[tokio::test]
async fn the_log_stays_short_while_commits_go_on_and_a_reader_comes_and_goes() {
    const PAGE: u64 = 4_096;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("connote.db");
    drop(connote_host::journal::SqliteJournal::open(&path).unwrap());
    let limits = writer::Limits { carried_from: 64, longest: 256, rest: Duration::from_millis(1) };
    let store = Store::open_within(&path, limits).unwrap();
    let reader = Connection::open(&path).unwrap();
    let mut seen = 0;
    for n in 0..1_000_u64 {
        // At least eight pages for each.
        let event = NewEvent { id: n.to_string(), body: vec![b'x'; 32_768], ..NewEvent::default() };
        store.write(move |tables| event.store(tables, n)).await.unwrap();
        match n % 10 {
            0 => {
                reader.execute_batch("BEGIN").unwrap();
                seen = reader.query_row("SELECT count(*) FROM server_events", [], |row| row.get(0)).unwrap();
            }
            3 => reader.execute_batch("COMMIT").unwrap(),
            _ => {}
        }
    }
    assert_eq!(seen, 991);
    let log = std::fs::metadata(folder.path().join("connote.db-wal")).unwrap().len();
    // It would be more than 8,000 pages.
    assert!(log < 4_096 * PAGE, "{} pages", log / PAGE);
}
