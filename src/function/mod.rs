//! KRM functions: what Kustomize and kpt call to make objects. They write a `ResourceList` to standard input, with what is asked for
//! under `functionConfig`, and read one from standard output (KRM Functions Specification, version 1).
//!
//! ```text
//! call.rs    what is asked for
//! list.rs    the objects that come with it
//! answer.rs  the list with the environment's objects
//! ```

mod answer;
mod call;
mod list;

pub use answer::{MANIFESTS, answer, finding};
pub use call::{Call, Spec, read};
pub use list::{Item, Made};
