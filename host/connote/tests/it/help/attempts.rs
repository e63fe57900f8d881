//! Help of the commands about attempts and single calls.

use crate::support::{Place, check};

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
