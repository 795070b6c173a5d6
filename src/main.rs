//! The program: hands its arguments to [`previewc::cli`] and ends with the exit code.

/// Compiling makes and drops many small trees, which takes the system's allocator a fifth more time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    previewc::cli::main()
}
