//! Health checks. The first check that succeeds makes a service healthy, failures count only after the start period:
//! so start is as quick as the service is, and a slow store gets its time.

use std::borrow::Cow;

use super::command::Words;
use crate::plan::{Health, TOOLBOX_PROGRAM};

/// The program that the toolbox puts beside busybox: GET answers 200 to 399.
pub const HTTP_CHECK: &str = "/previewc/http-ok";

/// Its text. busybox wget follows redirects and fails where their target does, so the first answer's status decides;
/// `-Y off` keeps it from asking a proxy that the service's variables name. (`wget -T` ends in a crash where busybox is
/// linked with glibc.)
pub const HTTP_CHECK_SCRIPT: &str = "\
#!/previewc/busybox sh
# http-ok URL: ends with 0 when the first answer's status is 200 to 399
answer=$(/previewc/busybox timeout 5 /previewc/busybox wget -S -Y off -O /dev/null \"$1\" 2>&1) && exit 0
case $answer in *HTTP/1.?\\ 3??*) exit 0 ;; esac
echo \"$answer\"
exit 1
";

/// How an engine looks whether a container serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check<'a> {
    /// What it runs in the container.
    pub test: Words<'a>,
    /// Seconds between two checks.
    pub interval: u32,
    /// Seconds that one may take.
    pub timeout: u32,
    /// Failures in a row, after the start period, that make it unhealthy.
    pub retries: u32,
    /// Seconds in which failures do not count.
    pub start_period: u32,
}

/// The check for a way to tell.
pub fn check(health: &Health) -> Check<'_> {
    let (test, interval) = match health {
        Health::Http { port, path } => {
            let slash = if path.starts_with('/') { "" } else { "/" };
            let url = format!("http://127.0.0.1:{port}{slash}{path}");
            (vec![Cow::Borrowed(HTTP_CHECK), Cow::Owned(url)], 2)
        }
        Health::Tcp { port } => {
            // There is no `-z`: `-e` runs a program once the connection stands.
            let mut test = [TOOLBOX_PROGRAM, "nc", "-w", "5", "127.0.0.1"].map(Cow::Borrowed).to_vec();
            test.push(Cow::Owned(port.to_string()));
            test.extend(["-e", TOOLBOX_PROGRAM, "true"].map(Cow::Borrowed));
            (test, 2)
        }
        // Some stores' own checks cost a second of CPU each.
        Health::Command(command) => (command.iter().map(|word| Cow::Borrowed(word.as_str())).collect(), 3),
    };
    Check { test, interval, timeout: 15, retries: 10, start_period: 120 }
}

/// Whether the check runs a program of the toolbox.
pub fn needs_toolbox(health: &Health) -> bool {
    match health {
        Health::Http { .. } | Health::Tcp { .. } => true,
        Health::Command(command) => command.iter().any(|word| word.contains(TOOLBOX_PROGRAM)),
    }
}
