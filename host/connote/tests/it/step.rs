use serde_json::Value;

use crate::support::{Place, check, code, out};

const JOB: &str = r#"{"context": {"job-id": "j", "started-ms": 1}, "source": "trackstar", "account": "ts", "settings": {}, "limit": 10}"#;

#[test]
fn a_component_is_called_once_and_says_its_next_step() {
    let place = Place::new();
    place.write("job.json", JOB);
    check!(place.run(&["step", "order-source.pull", "--input", "job.json"]), @r#"
    exit code 0
    ----- stdout
    {
      "send": [
        {
          "name": "orders",
          "account": "ts",
          "method": "GET",
          "path": "/wms/orders?limit=10&status%5Bin%5D=picked,packed,partially_fulfilled,exception,other",
          "headers": [],
          "body": "",
          "repeat": "idempotent",
          "not-acted": [],
          "timeout-ms": 30000,
          "cache": {
            "key": "",
            "fresh-ms": 0,
            "stale-ms": 0
          },
          "attributes": []
        }
      ]
    }
    "#);
}

#[test]
fn a_mistyped_export_and_an_unfit_input_are_usage_errors() {
    let place = Place::new();
    place.write("job.json", JOB).write("bad.json", r#"{"acount": "ts"}"#);
    check!(place.run(&["step", "order-sorce.pull", "--input", "job.json"]), @r#"
    exit code 2
    ----- stderr
    error: there is no export "order-sorce.pull"; exports are written world.function, for example order-mapper.map-order
    try: did you mean order-source.pull?
    "#);
    check!(place.run(&["step", "order-source.pull", "--input", "bad.json"]), @r#"
    exit code 2
    ----- stderr
    error: the input of order-source.pull does not fit: unknown field `acount`, expected one of `context`, `source`, `account`, `settings`, `cursor`, `limit`
    "#);
}

#[test]
fn stdio_answers_every_line_and_no_line_ends_it() {
    let good = format!(r#"{{"export": "order-source.pull", "input": {JOB}}}"#);
    let read = r#"{"export": "tracking-writeback.read", "input": {"record": {}}}"#;
    let lines = [
        &good,
        "",
        "{",
        "\u{0}",
        "[]",
        r#"{"export": "x.y", "input": {}}"#,
        r#"{"export": "order-source.pull", "input": 7}"#,
        read,
        &good,
    ];
    let output = Place::new().run_with(&["step", "--stdio"], &lines.join("\n"));
    assert_eq!(code(&output), 0);
    let answers: Vec<Value> = out(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> =
        answers.iter().map(|answer| answer.as_object().unwrap().keys().next().unwrap().as_str()).collect();
    assert_eq!(kinds, ["step", "error", "error", "error", "error", "error", "outcome", "step"]);
    assert_eq!(answers[0], answers[7]);
}

#[test]
fn bytes_that_are_not_utf_8_are_an_error_like_any_other() {
    use std::io::Write as _;
    use std::process::Stdio;
    let mut child = Place::new().command(&["step", "--stdio"]).current_dir("/").stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"\xff\xfe\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(out(&output).starts_with(r#"{"error":"the line is not a call"#), "{}", out(&output));
}

#[test]
fn an_export_on_the_command_line_serves_lines_that_name_none() {
    let line = format!(r#"{{"input": {JOB}}}"#);
    let output = Place::new().run_with(&["step", "order-source.pull", "--stdio"], &line);
    assert!(out(&output).starts_with(r#"{"step":{"send""#), "{}", out(&output));
    let output = Place::new().run_with(&["step", "--stdio"], &line);
    assert!(out(&output).starts_with(r#"{"error":"the line names no export: give it"#), "{}", out(&output));
}
