use crate::support::{Place, check, code, out};

#[test]
fn help_teaches_and_lists_the_exit_codes() {
    check!(Place::new().run(&["--help"]), @r#"
    exit code 0
    ----- stdout
    Joins warehouse systems to the Starshipit shipping platform: takes their orders, books couriers,
    saves the labels, and writes the tracking numbers back. No label is bought twice, whatever breaks in
    between.

    Try it without keys or config, against simulators of all far ends:

        connote ship --sandbox

    Then with your own:

        connote init                  write a commented connote.toml
        connote ship --dry-run        show what would be sent
        connote ship                  buy the labels

    Usage: connote [OPTIONS] <COMMAND>

    Commands:
      ship        Ship what is ready: book couriers, save labels, write tracking back
      serve       Ship by itself: triggers, an API and webhooks
      doctor      Check config, keys, reachability, clock and disk, each with the fix
      manifest    Hand printed orders to their couriers
      token       Make, list or revoke tokens for the API of the server
      init        Write a commented config file to start from
      map         Map one order document to a Starshipit order, offline
      jobs        List attempts; show or export one
      replay      Run a saved attempt again and compare, to the byte
      step        Call a component once, or serve calls over standard input and output
      pause       Stop shipping for a connection, or go on
      backup      Copy the database while it is in use
      reconcile   Compare shipped orders with stock movements
      forget      Delete all that the journal keeps of an order
      sandbox     Serve simulators of Starshipit, Trackstar and CartonCloud on this machine
      edge        Answer checkout rates and take webhooks
      components  Show the shipped components, or check a component file
      help        Print this message or the help of the given subcommand(s)

    Options:
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

    Exit codes:
      0  all done
      1  something needs a person: an order failed or was refused, a label is bought and not saved,
         a courier may be booked twice, an account's first label is to be looked at, a job is not there,
         shipped orders and stock movements differ
      2  the command line, the config or an input file is wrong; nothing was done
      3  not all could be done now: a far end or the journal cannot be used, max_labels_per_hour is
         reached, or Ctrl-C came; run again later
      4  a replay differs

    Colours follow the terminal and NO_COLOR; progress is shown on a terminal only and never on standard
    output.
    "#);
}

#[test]
fn every_command_has_an_example_in_its_help() {
    for command in [
        "ship",
        "serve",
        "manifest",
        "token",
        "init",
        "map",
        "jobs",
        "replay",
        "step",
        "pause",
        "forget",
        "sandbox",
        "components",
    ] {
        let output = Place::new().run(&[command, "--help"]);
        assert_eq!(code(&output), 0);
        let help = out(&output);
        assert!(help.contains("Example"), "{help}");
        assert!(help.contains(&format!("    connote {command}")), "{help}");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    }
}

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
fn help_of_init() {
    check!(Place::new().run(&["init", "--help"]), @r#"
    exit code 0
    ----- stdout
    Writes a commented connote.toml with a Trackstar and a CartonCloud connection and one for orders of
    your own, as JSON files in a folder: every setting with its unit and default, secrets as environment
    variables. A file that is there already is never overwritten.

    Example:
        connote init
        connote init --config shops/north.toml

    Usage: connote init [OPTIONS]

    Options:
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
fn help_of_jobs() {
    check!(Place::new().run(&["jobs", "--help"]), @r#"
    exit code 0
    ----- stdout
    Lists what was tried, newest first. An attempt is one run of a job of one order: gather, place,
    print, write.

    Examples:
        connote jobs --order SO-1001
        connote jobs show 7               what was asked and answered, turn by turn
        connote jobs export 7 > a.json    to send to support, or to `connote replay`

    Usage: connote jobs [OPTIONS]
           connote jobs <COMMAND>

    Commands:
      show    Show one attempt, turn by turn
      export  Print one attempt as JSON, without personal data
      help    Print this message or the help of the given subcommand(s)

    Options:
          --order <NUMBER|ID>
              Only this order, by its number at Starshipit or the source's id

          --connection <NAME>
              Only this connection

          --failed
              Only attempts that failed or broke

          --limit <N>
              At most so many

              [default: 50]

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
fn help_of_jobs_export() {
    check!(Place::new().run(&["jobs", "export", "--help"]), @r#"
    exit code 0
    ----- stdout
    Prints an attempt as JSON: its input, everything that came back, and its end. `connote replay` runs
    it again on any machine.

    Personal data is replaced by pseudonyms, the same value by the same one: names, companies, streets,
    phones, e-mail addresses, tax numbers, instructions, and label files, which become blank ones. Post
    codes, places and numbers of orders stay. Fingerprints of requests are left out, so that a replay
    compares names. --full leaves everything as it was.

    Example:
        connote jobs export 7 > attempt.json

    Usage: connote jobs export [OPTIONS] <ID>

    Arguments:
      <ID>
              The attempt, as the list names it

    Options:
          --full
              With personal data, to the byte

      -o, --output <FILE>
              Write to a file, readable by its owner alone

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
fn help_of_replay() {
    check!(Place::new().run(&["replay", "--help"]), @r#"
    exit code 0
    ----- stdout
    Runs an attempt that `connote jobs export` saved, without any request: after each turn the component
    must ask exactly what the next turn answers (names and fingerprints of the requests), and at the end
    it must say the same, to the byte. Tells the first place that differs; exit code 4 then.

    In a redacted file the fingerprints are left out, since they belong to the true requests: names are
    compared, and the end with its pseudonyms. Another component than the one that ran the attempt is
    told and tried all the same.

    Example:
        connote jobs export 7 > attempt.json
        connote replay attempt.json

    Usage: connote replay [OPTIONS] <FILE>

    Arguments:
      <FILE>
              The saved attempt; - reads standard input

    Options:
          --component <FILE>
              Another component file instead of the shipped one

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
fn help_of_step() {
    check!(Place::new().run(&["step", "--help"]), @r#"
    exit code 0
    ----- stdout
    Calls a component once and prints the step that it wants next, as JSON with the names of wit/:
    {"send": […]}, {"wait": …}, {"checkpoint": …}, {"done": …} or {"failed": …}. A job is a pure
    function of its input and its history: perform the step, append one turn to the history, call again.
    Bytes are text, or {"base64": "…"}; JSON in the place of bytes may stand as it is.

    With --stdio it keeps answering, one line for each line, for programs in any language: {"export",
    "input", "history"} in, {"step": …}, {"outcome": …} (functions without steps) or {"error": …} out. A
    bad line is answered with an error and ends nothing.

    Exports: order-source.pull, .gather; order-mapper.map-order; order-placer.place;
    label-printer.print, .reprint, .manifest; tracking-writeback.read, .write

    Examples:
        connote step label-printer.print --input job.json --history turns.json
        echo '{"export": "tracking-writeback.read", "input": {}}' | connote step --stdio

    Usage: connote step [OPTIONS] [COMPONENT.EXPORT]

    Arguments:
      [COMPONENT.EXPORT]
              What to call, for example label-printer.print; with --stdio for lines that do not say it

    Options:
          --input <FILE>
              The job's input as JSON; - reads standard input

          --history <FILE>
              The turns so far, a JSON list

          --stdio
              Answer line by line until the input ends

          --component <FILE>
              Another component file instead of the shipped one

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

#[test]
fn help_of_sandbox() {
    check!(Place::new().run(&["sandbox", "--help"]), @r#"
    exit code 0
    ----- stdout
    Serves simulators of Starshipit, Trackstar and CartonCloud on this machine: real HTTP servers that
    keep state, check every request, enforce the documented limits, count every label that would be
    charged, make PDF labels, send signed webhooks, and can be told to fail. Nothing leaves the machine
    but what --webhooks posts.

    Accounts of a config reach them with base_url and allow_private = true.

    With --webhooks they tell what happens, each as the real service does:
      starshipit   tracking of printed orders, the echo of our own print included; signed by hex
                   HMAC-SHA256 of the raw body in X-Starshipit-Signature; sent once, as far as known
      trackstar    order.created, order.updated, order.shipment.created; Standard Webhooks in svix-id,
                   svix-timestamp, svix-signature; sent again until a 2xx answers: after 5 s, 5 min,
                   30 min, 2 h, 5 h, 10 h, 10 h
      cartoncloud  the bare order or document; unsigned, only the secret in the address proves the
                   sender; sent once, as far as known
    The state page lists the receivers, and each delivery with its answers. To have one twice, late, out
    of order, forged or never: /_sandbox/webhook-faults.

    Examples:
        connote sandbox --starshipit-port 8701 --trackstar-port 8702 --cartoncloud-port 8703
        connote sandbox --webhooks http://localhost:3000/hooks --tracking-step 10

    Usage: connote sandbox [OPTIONS]

    Options:
          --starshipit-port <PORT>
              Port of Starshipit; 0 takes any

              [default: 0]

          --trackstar-port <PORT>
              Port of Trackstar; 0 takes any

              [default: 0]

          --cartoncloud-port <PORT>
              Port of CartonCloud; 0 takes any

              [default: 0]

          --webhooks <URL|NAME=URL>
              Post signed webhooks to URL/starshipit, URL/trackstar and URL/cartoncloud

              NAME=URL posts those of one far end to exactly this address, for example
              trackstar=http://localhost:3000/svix; give it once for each. Only http:// is spoken. The
              secrets to check signatures with are shown at the start.

          --tracking-step <SECONDS>
              Move the tracking of each printed order on by itself, one status after so many seconds, up
              to Delivered; 0 leaves it to /_sandbox/tracking

              [default: 0]

          --empty
              Without the demonstration orders

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
fn help_of_components() {
    check!(Place::new().run(&["components", "--help"]), @r#"
    exit code 0
    ----- stdout
    Shows WebAssembly components: the worlds they fit, their exports, what they want from their host
    (the shipped ones want nothing), their size and the SHA-256 of their file. Without a file it shows
    the ones this program was shipped with; a file is loaded and checked as a host would.

    Example:
        connote components
        connote components my-printer.wasm

    Usage: connote components [OPTIONS] [FILE]...

    Arguments:
      [FILE]...
              Component files; none: the shipped ones

    Options:
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
fn a_mistyped_command_is_a_usage_error_with_the_nearest_one() {
    check!(Place::new().run(&["shipp"]), @r#"
    exit code 2
    ----- stderr
    error: unrecognized subcommand 'shipp'

      tip: a similar subcommand exists: 'ship'

    Usage: connote [OPTIONS] <COMMAND>

    For more information, try '--help'.
    "#);
}
