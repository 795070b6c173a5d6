//! What is printed where. Colour and drawing only on a terminal that wants them.

use std::io::{self, IsTerminal as _, Write as _};

use super::args::{Color, Format};
use super::report::{self, Findings, Style};
use super::{Done, Exit, Failure};

/// The two streams, and how they look.
pub struct Terminal {
    color: Color,
}

/// Columns where the width is not known, and the most that is used.
const WIDTH: usize = 80;

impl Terminal {
    /// Decides how to print.
    pub fn new(color: Color) -> Self {
        Terminal { color }
    }

    /// Prints to standard output. A reader that went away is no failure.
    pub fn out(&self, bytes: &[u8]) -> Done {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Ok(()) => Ok(Exit::Fine),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Fine),
            Err(error) => Err(Failure::new(format!("standard output cannot be written: {error}"))),
        }
    }

    /// Prints to standard error; nobody can be told where that fails.
    pub fn err(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Whether a person reads standard output.
    pub fn stdout_is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Prints findings: for people to standard error, for machines to standard output.
    pub fn findings(&self, found: &[Findings<'_>], format: Format) -> Result<(), Failure> {
        let style = self.style();
        let text = report::print(found, format, style);
        if format == Format::Human {
            self.err(&text);
            return Ok(());
        }
        self.out(text.as_bytes()).map(|_| ())
    }

    /// Prints why a command could not do its work.
    pub fn failure(&self, failure: &Failure) {
        let style = self.style();
        let (red, cyan, end) = if style.color { ("\x1b[31m", "\x1b[36m", "\x1b[0m") } else { ("", "", "") };
        let lines = |text: &str| report::fill(text, style.width - 7).replace('\n', "\n       ");
        self.err(&format!("{red}error{end}: {}\n", lines(&failure.message)));
        if let Some(help) = &failure.help {
            self.err(&format!("{cyan} help{end}: {}\n", lines(help)));
        }
    }

    fn style(&self) -> Style {
        let terminal = io::stderr().is_terminal();
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Style {
            color: match self.color {
                Color::Always => true,
                Color::Never => false,
                Color::Auto => terminal && wanted,
            },
            unicode: terminal && locale_is_utf8(),
            width: width().unwrap_or(WIDTH).clamp(40, 120),
        }
    }
}

fn locale_is_utf8() -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty())
        .is_some_and(|value| value.to_ascii_lowercase().replace('-', "").contains("utf8"))
}

#[cfg(unix)]
fn width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stderr()).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

#[cfg(not(unix))]
fn width() -> Option<usize> {
    None
}
