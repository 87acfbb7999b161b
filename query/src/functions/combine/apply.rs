//! applyByNode: an expression evaluated for every prefix that occurs.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::run::Invocation;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "applyByNode",
    Group::Combine,
    &[
        SERIES_LIST,
        Parameter::required("nodeNum", Kind::Node),
        Parameter::required("templateFunction", Kind::Text),
        Parameter::optional("newName", Kind::Text, Default::Absent),
    ],
    apply_by_node,
)
.in_order()
.help(
    "Evaluates an expression once for every path up to a node, which stands for % in it.",
    r#"web.a.hits: 1 2 @60
         web.a.miss: 3 4 @60
         web.b.hits: 5 6 @60
         > applyByNode(web.*.*, 1, "sumSeries(%.*)", "%.all")
         web.a.all: 4 6 @60
         web.b.all: 5 6 @60"#,
)];

fn apply_by_node(call: &mut Invocation<'_, '_>) -> Outcome {
    let node = call.arguments().integer("nodeNum")?;
    let template = call.arguments().text("templateFunction")?;
    let new_name = call.arguments().optional_text("newName").filter(|name| !name.is_empty());
    let series = call.take_series();
    let Some(last) = series.last() else { return Ok(Vec::new().into()) };
    let prefixes: BTreeSet<String> = series.iter().map(|one| prefix(&one.name, node)).collect();
    let mut results = Vec::new();
    for prefix in prefixes {
        for mut one in call.evaluate_text(&template.replace('%', &prefix))? {
            if let Some(new_name) = new_name {
                one.name = Arc::from(new_name.replace('%', &prefix));
            }
            one.path_expression = Arc::from(prefix.as_str());
            (one.start, one.end) = (last.start, last.end);
            results.push(one);
        }
    }
    Ok(results.into())
}

/// The nodes up to and including `node`, all of them if there are fewer; a negative one counts from the end.
fn prefix(name: &str, node: i64) -> String {
    let nodes: Vec<&str> = name.split('.').collect();
    let count = nodes.len() as i64;
    let kept = match node.saturating_add(1) {
        negative @ ..0 => negative.saturating_add(count).max(0),
        kept => kept.min(count),
    };
    nodes[..usize::try_from(kept).unwrap_or(0)].join(".")
}
