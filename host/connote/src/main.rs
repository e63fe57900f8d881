//! The `connote` program: commands, storage and output around the host library. It has no business rule of its own.

mod cli;
mod commands;
mod config;
mod exports;
mod failure;
mod output;
mod redact;
mod spelling;
mod table;
mod telemetry;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let screen = output::Screen::new(&cli.global);
    let code = commands::run(cli, &screen).unwrap_or_else(|failure| {
        screen.error(&failure);
        if screen.json {
            screen.print_json(&failure.as_json());
        }
        failure.code
    });
    let code = screen.lost().map_or(code, |failure| {
        screen.error(&failure);
        code.or(failure.code)
    });
    code.into()
}
