mod attempts;
mod orders;

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
