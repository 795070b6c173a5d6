//! Every code that previewc can report, one line each; its page is the Markdown file of the same name in `codes/`.

use super::Severity;

/// One code of the registry.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    id: &'static str,
    severity: Severity,
    page: &'static str,
}

impl Code {
    /// The code as users see it: `PV0201`.
    pub fn id(self) -> &'static str {
        self.id
    }

    /// Whether it stops the compilation.
    pub fn severity(self) -> Severity {
        self.severity
    }

    /// The page that `previewc explain` prints, in Markdown; its first line is `# ` and the title.
    pub fn page(self) -> &'static str {
        self.page
    }

    /// The title of the page.
    pub fn title(self) -> &'static str {
        self.page.lines().next().unwrap_or("").trim_start_matches(['#', ' '])
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
impl Eq for Code {}
impl PartialOrd for Code {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Code {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.id.cmp(other.id)
    }
}

macro_rules! registry {
    ($($id:ident $severity:ident $name:ident),* $(,)?) => {
        /// The codes by name.
        pub mod codes {
            use super::{Code, Severity};
            $(
                #[doc = include_str!(concat!("codes/", stringify!($id), ".md"))]
                pub const $name: Code = Code {
                    id: stringify!($id),
                    severity: Severity::$severity,
                    page: include_str!(concat!("codes/", stringify!($id), ".md")),
                };
            )*
            /// Every code, in order.
            pub const ALL: &[Code] = &[$($name),*];
        }
    };
}

registry! {
    PV0001 Error SYNTAX,
    PV0002 Error DUPLICATE_KEY,
    PV0003 Error TOO_DEEP,
    PV0004 Error TOO_LARGE,
    PV0005 Error NOT_UTF8,
    PV0006 Error MULTIPLE_DOCUMENTS,
    PV0007 Error CUSTOM_TAG,
    PV0008 Error KEY_NOT_TEXT,
    PV0009 Error FORBIDDEN_CHARACTER,
    PV0010 Error UNKNOWN_ALIAS,
    PV0011 Error ALIAS_BOMB,
    PV0012 Error TAB_INDENTATION,
    PV0013 Error BAD_MERGE,
    PV0014 Error KDL_NODE,
    PV0101 Error UNKNOWN_KEY,
    PV0102 Error MISSING_KEY,
    PV0103 Error WRONG_TYPE,
    PV0104 Error NO_VALUE,
    PV0105 Error BAD_NAME,
    PV0106 Error OUT_OF_RANGE,
    PV0107 Error NOT_A_CHOICE,
    PV0108 Error CONFLICTING_KEYS,
    PV0109 Error BAD_REFERENCE,
    PV0110 Error DUPLICATE_NODE,
    PV0111 Error BAD_SCHEDULE,
    PV0112 Error SCHEDULE_NEVER,
    PV0113 Error BAD_QUANTITY,
    PV0114 Error BAD_FORM,
    PV0115 Error MISPLACED_KEY,
    PV0116 Warning ONE_WORD,
    PV0201 Error UNKNOWN_REFERENCE,
    PV0202 Error WRONG_KIND,
    PV0203 Error CYCLE,
    PV0204 Warning UNUSED,
    PV0205 Error SAME_ROUTE,
    PV0206 Warning NO_FRONT_PAGE,
    PV0207 Error NO_DEFAULT,
    PV0208 Error ROUTE_WITHOUT_PORT,
    PV0209 Error UNKNOWN_ENGINE,
    PV0210 Error UNKNOWN_OPTION,
    PV0211 Error MISSING_FILE,
    PV0212 Warning NO_TAG,
    PV0220 Warning NO_BUILD_CONTEXT,
    PV0221 Error FROM_TOO_LONG,
    PV0222 Error VOLUME_ONCE,
    PV0223 Error PATH_TAKEN,
    PV0301 Error VARIABLE_CLASH,
    PV0302 Warning NO_COMMIT,
    PV0310 Error HOST_TOO_LONG,
    PV0311 Error TOO_FEW_PORTS,
    PV0401 Error BRANCH_ENGINE,
    PV0402 Error SERVER_ENGINE,
    PV0403 Error NOT_ON_A_SERVER,
    PV0404 Error ADMIN_NOT_SECRET,
    PV0405 Error NO_CIDR,
    PV0406 Error NO_REASON,
    PV0407 Warning NOT_ON_SHARED,
    PV0408 Error SERVER_PORT,
    PV0409 Error ADMIN_FOR_ALL,
    PV0419 Error BRANCH_TASK,
    PV0501 Error NOT_YET,
    PV0502 Warning CRON_BY_HAND,
    PV0503 Warning NOTHING_YET,
    PV0511 Error OBJECT_TOO_LARGE,
    PV0512 Error STRIP_NEEDS_GATEWAY,
    PV0513 Error CAPABILITY_REFUSED,
    PV0514 Error NO_PARENT_GATEWAY,
    PV0515 Error SECRET_NAME_TAKEN,
    PV0516 Error CHARACTER_NOT_CARRIED,
    PV0521 Error SECRET_ARGUMENT,
    PV0522 Error VARIABLE_NOT_CARRIED,
    PV0523 Error STRING_TOO_LONG,
    PV0524 Error SCRIPT_NOT_WRITTEN,
    PV0530 Warning NO_EFFECT,
    PV0531 Error ACCESS_NEEDS_GATEWAY,
    PV0532 Error NOT_BY_TERRAFORM,
    PV0533 Error TEXT_NOT_KEPT,
    PV0534 Error BACKEND_SETTING,
    PV0535 Error NOT_MANAGED,
    PV0536 Warning EXPENSIVE,
    PV0537 Error NO_REGISTRY,
    PV0601 Error TAINTED,
    PV0602 Error NO_KEY,
    PV0603 Error MISSING_SECRET,
    PV0604 Error IMPORT_NOT_ALONE,
    PV0605 Error STORE_NOT_HERE,
    PV0606 Error NO_SECRET_STORE,
    PV0607 Error FORK_REFUSED,
    PV0608 Error NO_BASE_MANIFEST,
    PV0609 Warning SECRET_ABSENT,
    PV0610 Error ABSENT_NEEDED,
    PV0611 Warning PRODUCTION_SECRET,
    PV0612 Error OWN_VARIABLE,
    PV0613 Error FORK_CONTEXT,
    PV0614 Error SECRET_FOR_GIT,
    PV0620 Error SNAPSHOT_TOO_LARGE,
    PV0621 Error BAD_SNAPSHOT,
    PV0622 Error TEMPLATE_NEEDS_SERVER,
    PV0623 Error BAD_CHECKSUM,
    PV0701 Error BUNDLE_PATH,
    PV0702 Error EDITED_FILE,
    PV0703 Error NOT_A_BUNDLE,
    PV0704 Error OTHER_BUNDLE,
    PV0705 Error CANNOT_WRITE,
    PV0706 Error BAD_KEY_FILE,
    PV0707 Warning LOOSE_KEY_FILE,
    PV0708 Error OVERRIDE_UNREADABLE,
    PV0709 Error OVERRIDE_PLACE,
    PV0710 Error OVERRIDE_TAKEN,
    PV0711 Error NOT_A_COMPONENT,
    PV0712 Warning OVERRIDES_LEFT_OUT,
    PV0713 Error BUNDLE_FORGETS,
}
