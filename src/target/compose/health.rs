//! Health checks. The first check that succeeds makes a service healthy, failures count only after the start period:
//! so start is as quick as the service is, and a slow store gets its time.

use crate::document::{Doc, Map, list, map};
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

/// The `healthcheck` of a service.
pub fn check(health: &Health) -> Map<'_> {
    let (test, interval) = match health {
        Health::Http { port, path } => {
            let slash = if path.starts_with('/') { "" } else { "/" };
            (list!["CMD", HTTP_CHECK, format!("http://127.0.0.1:{port}{slash}{path}")], "2s")
        }
        Health::Tcp { port } => {
            // There is no `-z`: `-e` runs a program once the connection stands.
            let port = port.to_string();
            (list!["CMD", TOOLBOX_PROGRAM, "nc", "-w", "5", "127.0.0.1", port, "-e", TOOLBOX_PROGRAM, "true"], "2s")
        }
        // Some stores' own checks cost a second of CPU each.
        Health::Command(command) => {
            let mut test = vec![Doc::from("CMD")];
            test.extend(command.iter().map(Doc::from));
            (Doc::List(test), "3s")
        }
    };
    map! {
        "test" => test,
        "interval" => interval,
        "timeout" => "15s",
        "retries" => 10,
        "start_period" => "120s",
    }
}

/// Whether the check runs a program of the toolbox.
pub fn needs_toolbox(health: &Health) -> bool {
    match health {
        Health::Http { .. } | Health::Tcp { .. } => true,
        Health::Command(command) => command.iter().any(|word| word.contains(TOOLBOX_PROGRAM)),
    }
}
