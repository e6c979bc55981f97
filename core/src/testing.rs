//! For tests, the host's own included: a clock that stands still, a pretend phone, and the kits that every storage and every
//! driver must pass.

mod driver_kit;
mod faulty;
mod phone;
mod storage_kit;

pub use driver_kit::{DrivenBy, DriverParts, KitClock, driver_kit};
pub use faulty::{Fault, FaultyStorage};
pub use phone::{FakePhone, VirtualClock, enroll, example, example_event, proof};
pub use storage_kit::{storage_kit, storage_kit_async};
