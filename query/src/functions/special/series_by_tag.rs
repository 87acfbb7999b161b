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
    r#"cpu;host=a: 1 2 @60
         cpu;host=b: 3 4 @60
         > seriesByTag("name=cpu", "host=b")
         cpu;host=b: 3 4 @60"#,
)];
