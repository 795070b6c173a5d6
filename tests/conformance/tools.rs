//! Finding and running the tools.

use std::io::Write;
use std::process::{Command, Output, Stdio};

/// Whether a command that only looks succeeds, so that the test can go on.
///
/// # Panics
/// Where it fails and `PREVIEWC_REQUIRE_TOOLS=1` asks for every tool.
pub fn have(probe: &[&str]) -> bool {
    let ran = Command::new(probe[0]).args(&probe[1..]).stdin(Stdio::null()).output();
    if ran.is_ok_and(|output| output.status.success()) {
        return true;
    }
    let needed = probe.join(" ");
    assert!(
        std::env::var("PREVIEWC_REQUIRE_TOOLS").as_deref() != Ok("1"),
        "PREVIEWC_REQUIRE_TOOLS=1, but this fails: {needed}"
    );
    // Not with `eprintln!`, which the test runner keeps to itself while tests pass.
    let _ = writeln!(std::io::stderr(), "SKIPPED, because this fails: {needed}");
    false
}

/// Runs a command with a text on its standard input and hands back its standard output.
///
/// # Panics
/// Where it fails; with everything it said.
pub fn pipe(command: &[&str], input: &str) -> String {
    let mut child = Command::new(command[0])
        .args(&command[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    // A tool that ends before it has read everything has failed, and says so itself.
    let _ = writer.join();
    succeeded(command, output)
}

/// Standard output of a command that must have succeeded.
///
/// # Panics
/// Where it did not.
pub fn succeeded(command: &[&str], output: Output) -> String {
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout)
    );
    String::from_utf8(output.stdout).unwrap()
}
