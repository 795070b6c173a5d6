//! Linux capabilities that containers have without asking.

/// What a container may add where a namespace of Kubernetes enforces `baseline` (Pod Security Standards, "Capabilities"). With
/// [`RAW`] it is what Docker and Fargate give a container by themselves.
pub(super) const BASELINE: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Raw sockets, the one default that `baseline` refuses.
pub(super) const RAW: &str = "NET_RAW";
