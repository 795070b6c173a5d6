//! KRM functions: what Kustomize and kpt call to make objects. They write a `ResourceList` to standard input, with what is asked for
//! under `functionConfig`, and read one from standard output (KRM Functions Specification, version 1).
//!
//! ```text
//! call.rs    what is asked for
//! answer.rs  the list with the environment's objects
//! ```

mod answer;
mod call;

pub use answer::{MANIFESTS, answer, finding};
pub use call::{Call, Spec, read};
