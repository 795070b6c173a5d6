//! One run at a time, whatever earlier runs left behind.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::bench::Bench;
use crate::compose;

const ID: &str = "shop-pr-142";

/// A bench whose docker finds nothing, and writes down whose run calls it once that holds the lock.
fn bench() -> Bench {
    let bench = Bench::new(&compose::bundle());
    bench.tool("docker", "[ \"$1\" = version ] || echo \"$RUN\" >>\"$STATE/calls\"\n");
    // Who waits looks often, so that runs meet.
    bench.tool("sleep", "PATH=$REAL exec sleep 0.02\n");
    bench
}

/// The number of a process that has ended.
fn dead() -> u32 {
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    child.id()
}

fn start(bench: &Bench, run: usize) -> Child {
    bench
        .script("bundle/down.sh")
        .env("RUN", run.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn runs_that_meet_at_a_stale_lock_go_one_by_one() {
    const RUNS: usize = 6;
    let bench = bench();
    let lock = bench.lock(ID);
    for round in 0..6 {
        // Earlier runs may have ended while they held the lock, and while they took a stale one away.
        let mut link = lock.clone();
        for _ in 0..=round % 3 {
            symlink(format!("pid-{}", dead()), &link).unwrap();
            link.as_mut_os_string().push(".takeover");
        }
        let runs: Vec<Child> = (0..RUNS).map(|run| start(&bench, run)).collect();
        for mut run in runs {
            assert!(run.wait().unwrap().success());
        }
        let calls = bench.state("calls");
        let mut turns: Vec<&str> = calls.lines().collect();
        turns.dedup();
        assert_eq!(turns.len(), RUNS, "runs overlap: {turns:?}");
        fs::remove_file(bench.path("state").join("calls")).unwrap();
        let left: Vec<_> = fs::read_dir(bench.path("tmp")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// Starts a run, and returns it once it has said why it waits.
fn waiting(bench: &Bench) -> Child {
    let said = fs::File::create(bench.path("state").join("said")).unwrap();
    let run = bench.script("bundle/down.sh").stderr(said).stdout(Stdio::null()).spawn().unwrap();
    while !bench.state("said").ends_with('\n') {
        std::thread::sleep(Duration::from_millis(10));
    }
    // Long enough for many more looks.
    std::thread::sleep(Duration::from_millis(300));
    run
}

#[test]
fn a_live_run_is_waited_for_whoever_started_it() {
    let bench = bench();
    let lock = bench.lock(ID);
    // The first process belongs to the system: a user's signal does not reach it.
    symlink("pid-1", &lock).unwrap();
    let mut run = waiting(&bench);
    assert_eq!(fs::read_link(&lock).unwrap().to_str(), Some("pid-1"));
    fs::remove_file(&lock).unwrap();
    assert!(run.wait().unwrap().success());
    let said = format!("waiting for another run on {ID} (process 1, {})\n", lock.display());
    assert_eq!(bench.state("said"), said);
}

#[test]
fn what_may_not_be_removed_is_told_once_and_waited_for() {
    let bench = bench();
    let lock = bench.lock(ID);
    let process = dead();
    symlink(format!("pid-{process}"), &lock).unwrap();
    // As in a folder whose files only their owners may remove.
    bench.tool("rm", "case $* in *.lock) [ -e \"$STATE/may\" ] || exit 1 ;; esac\nPATH=$REAL exec rm \"$@\"\n");
    let mut run = waiting(&bench);
    assert!(fs::read_link(&lock).is_ok());
    fs::write(bench.path("state").join("may"), "").unwrap();
    assert!(run.wait().unwrap().success());
    let said = format!(
        "waiting until {} is gone: its run (process {process}) has ended, and this user may not remove it\n",
        lock.display()
    );
    assert_eq!(bench.state("said"), said);
}
