//! seriesByTag: series found by their tags. The planner turns a call into a fetch; it is never called.

use crate::functions::{Descriptor, Group, Kind, Parameter};

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "seriesByTag",
    Group::Special,
    &[Parameter::required("tagExpressions", Kind::Text).many()],
    |_| Ok(Vec::new().into()),
)
.help(
    "Finds tagged series by expressions such as \"name=cpu\", \"env!=test\", \"host=~web.*\".",
    r#"seriesByTag("name=disk.used", "datacenter=dc1")"#,
)];
