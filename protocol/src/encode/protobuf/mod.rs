//! The two protobuf dialects that carbonapi speaks with its back ends, in both directions.
//!
//! Each message is written by hand: there are few, and values go out without being copied into a message first.

mod details;
mod information;
mod request;
mod v2;
mod v3;
mod wire;

pub use details::{Detail, list_of_names, sizes_of_names};
pub use information::{Archive, Information, information_v2, information_v3};
pub use request::{FetchMessage, GlobMessage, fetch_requests_v3, glob_request_v3};
pub use v2::{ProtobufV2, nodes_v2};
pub use v3::{Capabilities, ProtobufV3, capabilities_v3, nodes_v3};
pub use wire::MessageError;
