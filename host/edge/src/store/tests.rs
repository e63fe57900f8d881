use super::*;

fn file(folder: &tempfile::TempDir) -> SqliteFile {
    SqliteFile::open(&folder.path().join("edge.db")).unwrap()
}

async fn keeps_its_contract(store: &Store) {
    assert_eq!(store.get("a").await, Ok(None));
    store.set("a", b"1".to_vec()).await.unwrap();
    store.set("a", b"2".to_vec()).await.unwrap();
    store.set("b", Vec::new()).await.unwrap();
    assert_eq!(store.get("a").await, Ok(Some(b"2".to_vec())));
    assert_eq!(store.keys().await.unwrap(), ["a", "b"]);
    store.delete("a").await.unwrap();
    store.delete("a").await.unwrap();
    assert_eq!(store.get("a").await, Ok(None));
    assert_eq!(store.increment("n", 2).await, Ok(2));
    assert_eq!(store.increment("n", -5).await, Ok(-3));
    assert_eq!(store.get("n").await, Ok(Some((-3i64).to_le_bytes().to_vec())));
    assert_eq!(store.increment("b", 1).await, Err(StoreError::NotANumber));
    store.set("n", i64::MAX.to_le_bytes().to_vec()).await.unwrap();
    assert_eq!(store.increment("n", 1).await, Err(StoreError::NotANumber));
    assert_eq!(store.set(&"k".repeat(257), Vec::new()).await, Err(StoreError::KeyTooLong));
    assert_eq!(store.set("v", vec![0; VALUE_BYTES + 1]).await, Err(StoreError::ValueTooLarge));
}

#[tokio::test]
async fn memory_and_file_keep_the_same_contract() {
    let folder = tempfile::tempdir().unwrap();
    keeps_its_contract(&Store::memory(10_000_000)).await;
    keeps_its_contract(&file(&folder).store("default")).await;
}

#[tokio::test]
async fn stores_of_one_file_do_not_see_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    file.store("a").set("key", b"a".to_vec()).await.unwrap();
    assert_eq!(file.store("b").get("key").await, Ok(None));
}

#[tokio::test]
async fn a_file_keeps_what_was_written_over_a_reopening() {
    let folder = tempfile::tempdir().unwrap();
    file(&folder).store("default").set("key", b"kept".to_vec()).await.unwrap();
    let again = file(&folder).store("default");
    assert_eq!(again.get("key").await, Ok(Some(b"kept".to_vec())));
    assert_eq!(again.increment("n", 1).await, Ok(1));
    assert_eq!(
        file(&folder).store("default").increment("n", 1).await,
        Ok(2),
        "two who have the file open count together"
    );
}

#[tokio::test]
async fn a_commit_is_on_disk_when_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let connection = sqlite_connection(&folder.path().join("edge.db"));
    let pragma = |name: &str| {
        connection
            .pragma_query_value(None, name, |row| {
                row.get::<_, String>(0).or_else(|_| row.get::<_, i64>(0).map(|n| n.to_string()))
            })
            .unwrap()
    };
    assert_eq!([pragma("journal_mode"), pragma("synchronous")], ["wal", "2"]);
}

fn sqlite_connection(path: &std::path::Path) -> rusqlite::Connection {
    sqlite::connect(path).unwrap()
}

#[tokio::test]
async fn a_hundred_who_add_at_one_time_get_a_hundred_sums() {
    let folder = tempfile::tempdir().unwrap();
    for store in [Store::memory(1_000_000), file(&folder).store("default")] {
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { store.increment("n", 1).await.unwrap() })
            })
            .collect();
        let mut sums = Vec::new();
        for task in tasks {
            sums.push(task.await.unwrap());
        }
        sums.sort_unstable();
        assert_eq!(sums, (1..=100).collect::<Vec<i64>>());
    }
}

#[tokio::test]
async fn a_full_memory_forgets_what_was_written_longest_ago() {
    let store = Store::memory(10 * 1_000);
    for number in 0..20 {
        store.set(&format!("key-{number}"), vec![0; 1_000]).await.unwrap();
    }
    let keys = store.keys().await.unwrap();
    assert!(keys.len() < 10, "{keys:?}");
    assert_eq!(store.get("key-0").await, Ok(None));
    assert!(store.get("key-19").await.unwrap().is_some());
    store.set("large", vec![0; 20_000]).await.unwrap();
    assert_eq!(store.get("large").await, Ok(None), "what is larger than the whole memory is not kept");
}
