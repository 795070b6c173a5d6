//! The program: hands its arguments to [`previewc::cli`] and ends with the exit code.

fn main() -> std::process::ExitCode {
    previewc::cli::main()
}
