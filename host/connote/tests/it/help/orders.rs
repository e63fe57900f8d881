//! Help of the commands about orders.

use crate::support::{Place, check};

#[test]
fn help_of_ship() {
    check!(Place::new().run(&["ship", "--help"]), @r#"
    exit code 0
    ----- stdout
    Ships what is ready: reads the orders of every connection, maps each to a Starshipit order, books
    the courier, saves the label files, and writes the tracking numbers back. Orders that are not ready
    are left alone and shown with the reason. Orders of your own are JSON files in the folder of a
    connection with source = "connote", and what became of each is written to a file as well.

    Run it as often as you like, from a person or a timer: an order that is done stays done, one that
    was interrupted anywhere goes on where it stood, and no label is bought twice. An order that was
    refused is tried again when its data has changed, or with --retry.

    Against anything but a sandbox it says how many labels it may buy and asks first (--yes answers for
    you). The very first run on an account stops after one label, so that you can look at it.

    Examples:
        connote ship --sandbox                simulators, no keys, no config
        connote ship --dry-run --limit 1      what would be sent for one order
        connote ship --order SO-1001 --yes    just this one

    Usage: connote ship [OPTIONS]

    Options:
          --sandbox
              Start simulators of all far ends in this process and ship their orders; needs neither
              config nor keys

          --dry-run
              Show the orders and the exact request bodies; buy and store nothing

          --order <NUMBER|ID>
              Only this order, by its number or the source's id; can be repeated

          --connection <NAME>
              Only this connection; can be repeated

          --limit <N>
              At most so many orders

          --retry
              Try refused orders again although nothing has changed, because you have changed something
              at the far end

      -y, --yes
              Buy without asking

          --labels <DIR>
              Folder of the label files [default: `labels` of the config, else labels; with --sandbox
              labels/sandbox]

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Global options:
          --json
              Print JSON for programs instead of text for people

          --config <FILE>
              The config file [default: connote.toml]

          --database <FILE>
              The journal: what was sent and bought [default: `database` of the config, else connote.db]

      -q, --quiet
              No progress and no hints: only results and errors
    "#);
}

#[test]
fn help_of_map() {
    check!(Place::new().run(&["map", "--help"]), @r#"
    exit code 0
    ----- stdout
    Maps one order, without any request: an order document in, the order and the exact body for
    Starshipit's POST /api/orders out, as JSON. It is the place to try rules: --explain tells which rule
    filled each field, from which paths, and which fields of the document nobody read.

    The document is the source's own JSON (of a shop: the body of its order webhook), or a list of
    {"kind", "id", "body"} documents when products or packs belong to it (kinds: order, packs, product,
    inventory, warehouse-product). A document that is refused is answered with the fields to change, and
    exit code 1.

    Examples:
        connote map --source trackstar order.json
        connote map --source connote --rules rules.toml --explain - < order.json

    Usage: connote map [OPTIONS] --source <SOURCE> [FILE]

    Arguments:
      [FILE]
              The document; - reads standard input

              [default: -]

    Options:
          --source <SOURCE>
              What the document is: trackstar, cartoncloud, shopify, woocommerce, or connote for our own
              form

              [possible values: trackstar, cartoncloud, shopify, woocommerce, connote]

          --rules <FILE>
              Rules to try: TOML with [[rules]], or a JSON list; they come after those of --settings

          --settings <FILE>
              The connection's settings: TOML, as below [connections.NAME.settings]

          --explain
              Tell which rule filled each field and what was not read

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Global options:
          --json
              Print JSON for programs instead of text for people

          --config <FILE>
              The config file [default: connote.toml]

          --database <FILE>
              The journal: what was sent and bought [default: `database` of the config, else connote.db]

      -q, --quiet
              No progress and no hints: only results and errors
    "#);
}

#[test]
fn help_of_pause() {
    check!(Place::new().run(&["pause", "--help"]), @r#"
    exit code 0
    ----- stdout
    Pauses a connection: `connote ship` skips it, and a run that is under way buys no further label for
    it. What is bought already is not touched. The journal remembers it until --resume.

    Example:
        connote pause cartoncloud
        connote pause cartoncloud --resume

    Usage: connote pause [OPTIONS] <CONNECTION>

    Arguments:
      <CONNECTION>
              The connection's name in the config

    Options:
          --resume
              Go on

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Global options:
          --json
              Print JSON for programs instead of text for people

          --config <FILE>
              The config file [default: connote.toml]

          --database <FILE>
              The journal: what was sent and bought [default: `database` of the config, else connote.db]

      -q, --quiet
              No progress and no hints: only results and errors
    "#);
}

#[test]
fn help_of_forget() {
    check!(Place::new().run(&["forget", "--help"]), @r#"
    exit code 0
    ----- stdout
    Deletes all that the journal keeps of an order: its record, attempts, histories and audit lines,
    with the personal data in them. Labels that were bought stay bought, and Connote no longer knows of
    them: if the source still lists the order as ready, the next `connote ship` looks for it in
    Starshipit as for a new one. Label files are not deleted. An order with a request that may still buy
    a label is not deleted: `connote ship` settles it first.

    Example:
        connote forget SO-1001

    Usage: connote forget [OPTIONS] <ORDER>

    Arguments:
      <ORDER>
              The order's number at Starshipit, or the source's id

    Options:
          --connection <NAME>
              Only this connection's order

          --even-unsettled
              Delete also what is known of a purchase without an answer. The next `ship` may then buy a
              second label

      -y, --yes
              Delete without asking

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Global options:
          --json
              Print JSON for programs instead of text for people

          --config <FILE>
              The config file [default: connote.toml]

          --database <FILE>
              The journal: what was sent and bought [default: `database` of the config, else connote.db]

      -q, --quiet
              No progress and no hints: only results and errors
    "#);
}
