//! Points of regular acupuncture: the knowledge in `atlas/body`, and where each point lies on a body.
//!
//! [`built_in`] is the knowledge; [`Locator`] works it out on a [`baihui_head::body::Body`]. The language of the files
//! is described in `atlas/body/README.md`.

pub mod course;
pub mod depth;
mod direction;
pub mod language;
mod limb;
mod load;
mod locate;
mod person;
pub mod spread;
mod trunk;
pub mod words;

pub use load::{BodyAtlas, BodyPoint, Construction, built_in};
pub use locate::{Located, Locator, Refused, Spot};
pub use person::{HeadPoints, Person, PersonError};
