use super::*;

const TEMPLATE: &str = include_str!("template.toml");

fn read(text: &str) -> Result<Config, String> {
    Config::parse(Path::new("c.toml"), text).map_err(|failure| failure.message)
}

const ACCOUNTS: &str =
    "[accounts.s]\nkind = \"starshipit\"\n[accounts.t]\nkind = \"trackstar\"\n[accounts.c]\nkind = \"cartoncloud\"\n";

fn with(connection: &str) -> Result<Config, String> {
    read(&format!("{ACCOUNTS}[connections.one]\n{connection}"))
}

#[test]
fn the_file_that_init_writes_is_read() {
    let config = read(TEMPLATE).unwrap();
    assert_eq!(
        config.connections.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(),
        ["cartoncloud", "own", "trackstar"]
    );
    assert_eq!(config.max_labels_per_hour("starshipit"), Some(200));
    assert_eq!(config.retention_days, RETENTION_DAYS);
}

#[test]
fn the_examples_that_init_writes_are_true_defaults_or_can_be_read() {
    let uncommented: Vec<&str> = TEMPLATE
        .lines()
        .map(|line| {
            line.strip_prefix("# ").filter(|rest| rest.contains(" = ") || rest.starts_with('[')).unwrap_or(line)
        })
        .filter(|line| !line.starts_with("base_url") && !line.starts_with("allow_private"))
        .filter(|line| !line.starts_with("headers") && !line.starts_with("max_response"))
        .collect();
    let prose = |line: &&&str| !line.starts_with("A secret is") && !line.starts_with("to:");
    let config = read(&uncommented.iter().filter(prose).copied().collect::<Vec<_>>().join("\n")).unwrap();
    let cartoncloud = config.connections.iter().find(|c| c.name == "cartoncloud").unwrap();
    assert_eq!(cartoncloud.settings.rules.len(), 1);
    let trackstar = config.connections.iter().find(|c| c.name == "trackstar").unwrap();
    assert_eq!((trackstar.settings.default_piece_weight_g, trackstar.settings.packaging_weight_g), (Some(500), 0));
}

#[test]
fn paths_are_taken_from_the_folder_of_the_file() {
    let config = Config::parse(Path::new("/etc/connote/c.toml"), "labels = \"l\"").unwrap();
    assert_eq!((config.labels, config.database), ("/etc/connote/l".into(), "/etc/connote/connote.db".into()));
    let own = |more: &str| {
        let text = format!(
            "{ACCOUNTS}[connections.one]\nsource = \"connote\"\nstarshipit_account = \"s\"\norders = \"o\"{more}"
        );
        Config::parse(Path::new("/etc/connote/c.toml"), &text).unwrap().folders["one"].clone()
    };
    let (orders, results) = (PathBuf::from("/etc/connote/o"), PathBuf::from("/etc/connote/r"));
    assert_eq!(own(""), Folders { orders: orders.clone(), results: orders.clone() });
    assert_eq!(own("\nresults = \"r\""), Folders { orders, results });
}

#[test]
fn a_mistake_is_told_by_file_line_section_and_what_is_right() {
    let source = "source = \"trackstar\"\nsource_account = \"t\"\nstarshipit_account = \"s\"\n";
    for (told, mistake) in [
        ("c.toml:1: there is no key \"lables\"; did you mean \"labels\"?", read("lables = \"x\"")),
        (
            "c.toml:2: accounts.s: there is no key \"apikey\"; did you mean \"api_key\"?",
            read("[accounts.s]\napikey = \"x\""),
        ),
        (
            "c.toml:8: connections.one: orders cannot come from \"trakstar\"",
            with(&source.replace("\"trackstar", "\"trakstar")),
        ),
        ("did you mean \"trackstar\"?", with(&source.replace("\"trackstar", "\"trakstar"))),
        (
            "c.toml:9: connections.one: there is no account \"x\"; the accounts are: c, s, t",
            with(&source.replace("\"t\"", "\"x\"")),
        ),
        (
            "c.toml:10: connections.one: the account \"c\" must be of kind = \"starshipit\"",
            with(&source.replace("\"s\"", "\"c\"")),
        ),
        ("tenant is missing", with("source = \"cartoncloud\"\nsource_account = \"c\"\nstarshipit_account = \"s\"")),
        (
            "c.toml:12: connections.one.settings: there is no key \"order_nr\"",
            with(&format!("{source}[connections.one.settings]\norder_nr = 1")),
        ),
        (
            "c.toml:12: connections.one.settings: unknown variant `sometimes`",
            with(&format!("{source}[connections.one.settings]\nwrite_back_on = \"sometimes\"")),
        ),
        (
            "c.toml:8: connections.one: settings.rules: rule for \"refference\"",
            with(&format!("{source}[[connections.one.settings.rules]]\nto = \"refference\"\ntext = \"x\"")),
        ),
        ("c.toml:2: accounts.s: a whole number is expected", read("[accounts.s]\nmax_labels_per_hour = \"many\"")),
        ("use trackstar, cartoncloud or connote", with(&source.replace("trackstar", "shopify"))),
        (
            "c.toml:8: connections.one: source_account is missing",
            with("source = \"trackstar\"\nstarshipit_account = \"s\""),
        ),
        (
            "c.toml:11: connections.one: orders goes with source = \"connote\" only",
            with(&format!("{source}orders = \"o\"")),
        ),
        (
            "c.toml:10: connections.one: orders is missing: the folder with one order in each *.json",
            with("source = \"connote\"\nstarshipit_account = \"s\"\nresults = \"r\""),
        ),
        (
            "c.toml:9: connections.one: source = \"connote\" has no source_account",
            with(&source.replace("\"trackstar", "\"connote")),
        ),
        (
            "c.toml:11: connections.one: webhooks come from starshipit, trackstar",
            with(&format!("{source}webhooks.ebay = [\"x\"]")),
        ),
        ("expected a whole number", with(&format!("{source}[connections.one.settings]\npackaging_weight_g = \"x\""))),
        ("missing field `source`", with("source_account = \"t\"")),
        ("c.toml:2: accounts.s: ", read("[accounts.s]\nmax_labels_per_hour = -1")),
        ("letters, digits", read("[accounts]\n[connections.\"a/b\"]")),
    ] {
        let error = mistake.unwrap_err();
        assert!(error.contains(told), "{error}\ndoes not say\n{told}");
    }
}

#[test]
fn two_connections_never_ship_the_orders_of_one_folder() {
    let own = |name: &str, more: &str| {
        format!("[connections.{name}]\nsource = \"connote\"\nstarshipit_account = \"s\"\n{more}\n")
    };
    for (key, one, two) in [
        ("orders", "orders = \"o\"", "orders = \"./o/\"\nresults = \"r\""),
        ("results", "orders = \"o\"\nresults = \"r\"", "orders = \"p\"\nresults = \"r\""),
    ] {
        let error = read(&format!("{ACCOUNTS}{}{}", own("one", one), own("two", two))).unwrap_err();
        let told = format!("connections.two: {key} is the folder of connections.one already");
        assert!(error.contains(&told), "{error}\ndoes not say\n{told}");
    }
    read(&format!("{ACCOUNTS}{}{}", own("one", "orders = \"o\""), own("two", "orders = \"p\""))).unwrap();
}

#[test]
fn a_secret_in_the_wrong_place_is_not_repeated() {
    const CANARY: &str = "canary-5f1d9c7e";
    for line in [
        format!("apikey = {CANARY:?}"),
        format!("allow_private = {CANARY:?}"),
        format!("kind = {CANARY:?}"),
        format!("api_key = {CANARY}"),
        format!("api_key = {{ enw = {CANARY:?} }}"),
        format!("budget = {{ per_second = {CANARY:?} }}"),
        format!("max_response_bytes = {CANARY:?}"),
        format!("max_labels_per_hour = {CANARY:?}"),
        format!("headers = {CANARY:?}"),
        format!("api_key = \"{CANARY}"),
    ] {
        let error = read(&format!("[accounts.s]\n{line}")).unwrap_err();
        assert!(!error.contains("canary"), "{error}");
    }
    for line in [format!("webhooks.starshipit = {CANARY:?}"), format!("webhooks = {CANARY:?}")] {
        let own = "[connections.one]\nsource = \"connote\"\nstarshipit_account = \"s\"";
        let error = read(&format!("{ACCOUNTS}{own}\n{line}")).unwrap_err();
        assert!(!error.contains("canary"), "{error}");
    }
}

#[test]
fn a_missing_secret_names_the_line_of_its_account() {
    let config = read("\n[accounts.s]\nkind = \"starshipit\"\napi_key = { env = \"CONNOTE_TEST_NOT_SET\" }").unwrap();
    let failure = config.account("s").unwrap_err();
    assert_eq!(
        failure.message,
        "c.toml:2: account \"s\", api_key: the environment variable \"CONNOTE_TEST_NOT_SET\" is not set, or not Unicode"
    );
}

#[test]
fn every_pattern_of_the_docs_is_a_config() {
    for (name, text) in [
        ("print-outside", include_str!("../../../../docs/patterns/print-outside.toml")),
        ("print-in-starshipit", include_str!("../../../../docs/patterns/print-in-starshipit.toml")),
        (
            "print-what-starshipit-imported",
            include_str!("../../../../docs/patterns/print-what-starshipit-imported.toml"),
        ),
        ("update-before-printing", include_str!("../../../../docs/patterns/update-before-printing.toml")),
    ] {
        let config = Config::parse(Path::new(name), text).unwrap_or_else(|failure| panic!("{}", failure.message));
        assert!(!config.connections.is_empty());
        assert!(config.doors.values().all(|doors| !doors.webhooks.is_empty()), "{name}");
    }
}

#[test]
fn the_server_is_private_unless_it_is_told_otherwise() {
    let config = read("").unwrap();
    assert_eq!((config.server.listen.as_str(), config.server.metrics_open), ("127.0.0.1:8484", false));
    let error = read("[server]\nlistn = \"0.0.0.0:1\"").unwrap_err();
    assert!(error.contains("listn") || error.contains("listen"), "{error}");
}

#[test]
fn a_schedule_of_manifests_is_read_and_a_mistake_in_it_names_its_key() {
    let config = |lines: &str| with(&format!("source = \"connote\"\nstarshipit_account = \"s\"\n{lines}"));
    let good =
        config("manifest_at = [\"17:00\"]\ntime_zone = \"Australia/Sydney\"\nmanifest_days = [\"mon\"]").unwrap();
    assert!(good.doors["one"].manifests.is_some());
    assert!(config("").unwrap().doors["one"].manifests.is_none());
    for (lines, named) in [
        ("manifest_at = [\"5pm\"]\ntime_zone = \"Australia/Sydney\"", "manifest_at: \"5pm\""),
        ("manifest_at = [\"17:00\"]", "time_zone: it is missing"),
        ("manifest_at = [\"17:00\"]\ntime_zone = \"Australia/Sidney\"", "Australia/Sidney"),
        ("time_zone = \"Australia/Sydney\"", "manifest_at is missing"),
        ("manifest_at = [\"17:00\"]\ntime_zone = \"Australia/Sydney\"\nprinted_by = \"starshipit\"", "printed_by"),
    ] {
        let error = config(lines).unwrap_err();
        assert!(error.contains(named), "{lines}: {error}");
    }
}

const OWN: &str = "source = \"connote\"\nstarshipit_account = \"s\"\n";

#[test]
fn rates_have_the_form_that_the_edge_has_and_a_deadline() {
    let text = format!(
        "{OWN}rates_deadline_ms = 1500\n[connections.one.rates]\ncurrency = \"AUD\"\norigins = [{{ name = \"b\", account = \"s\" }}]"
    );
    let config = with(&text).unwrap();
    let rates = config.doors["one"].rates.clone().unwrap();
    assert_eq!((rates.deadline_ms, rates.accounts), (1500, vec!["s".to_owned()]));
    let read = connote_rate_quoter::settings::Settings::read(&rates.settings).unwrap();
    assert_eq!((read.currency.as_str(), read.most_rates), ("AUD", 10));
    let usual = with(&format!("{OWN}rates = {{ currency = \"AUD\" }}")).unwrap().doors["one"].rates.clone();
    assert_eq!(usual.unwrap().deadline_ms, 2500);
    assert_eq!(with(OWN).unwrap().doors["one"].rates, None);
    let sandbox = rates::sandbox().unwrap();
    assert_eq!(connote_rate_quoter::settings::Settings::read(&sandbox.settings).unwrap().boxes.len(), 2);
}

#[test]
fn a_mistake_in_rates_names_its_place() {
    for (told, more) in [
        ("c.toml:10: connections.one.rates.curency: ", "[connections.one.rates]\ncurency = \"AUD\""),
        ("connections.one.rates.currency: ", "rates = { currency = \"dollars\" }"),
        (
            "connections.one.rates.boxes[0].most_g: ",
            "rates = { currency = \"AUD\", boxes = [{ name = \"a\", inner_mm = [1, 1, 1] }] }",
        ),
        (
            "connections.one.rates.origins[0].account: there is no account \"t\" of Starshipit",
            "rates = { currency = \"AUD\", origins = [{ name = \"b\", account = \"t\" }] }",
        ),
        (
            "c.toml:10: connections.one.rates_deadline_ms takes 300 to 9000",
            "rates_deadline_ms = 10\nrates = { currency = \"AUD\" }",
        ),
        ("connections.one.rates_deadline_ms says nothing without a table of rates", "rates_deadline_ms = 1000"),
    ] {
        let error = with(&format!("{OWN}{more}")).unwrap_err();
        assert!(error.starts_with("c.toml:") && error.contains(told), "{more}: {error}");
    }
}
