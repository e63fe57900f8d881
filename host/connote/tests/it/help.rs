use crate::support::{Place, check, code, out};

#[test]
fn help_teaches_and_lists_the_exit_codes() {
    check!(Place::new().run(&["--help"]), @"");
}

#[test]
fn every_command_has_an_example_in_its_help() {
    for command in ["ship", "init", "map", "jobs", "replay", "step", "pause", "forget", "sandbox", "components"] {
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
    check!(Place::new().run(&["ship", "--help"]), @"");
}

#[test]
fn help_of_init() {
    check!(Place::new().run(&["init", "--help"]), @"");
}

#[test]
fn help_of_map() {
    check!(Place::new().run(&["map", "--help"]), @"");
}

#[test]
fn help_of_jobs() {
    check!(Place::new().run(&["jobs", "--help"]), @"");
}

#[test]
fn help_of_jobs_export() {
    check!(Place::new().run(&["jobs", "export", "--help"]), @"");
}

#[test]
fn help_of_replay() {
    check!(Place::new().run(&["replay", "--help"]), @"");
}

#[test]
fn help_of_step() {
    check!(Place::new().run(&["step", "--help"]), @"");
}

#[test]
fn help_of_pause() {
    check!(Place::new().run(&["pause", "--help"]), @"");
}

#[test]
fn help_of_forget() {
    check!(Place::new().run(&["forget", "--help"]), @"");
}

#[test]
fn help_of_sandbox() {
    check!(Place::new().run(&["sandbox", "--help"]), @"");
}

#[test]
fn help_of_components() {
    check!(Place::new().run(&["components", "--help"]), @"");
}

#[test]
fn a_mistyped_command_is_a_usage_error_with_the_nearest_one() {
    check!(Place::new().run(&["shipp"]), @"");
}
