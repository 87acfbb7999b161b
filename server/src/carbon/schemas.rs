//! storage-schemas.conf: which archives a new series gets.
//!
//! Invariant: schemas stand in the order in which they are tried, the first match wins. An invalid section is
//! left out with a warning, so that one mistake does not change what other series get.

use std::path::Path;

use plumbago_engine::Archive;

use super::ini::{self, IniSection};
use super::retention;
use super::selector::{Selector, warn_unreachable};
use plumbago_rules::carbon::{Warning, Warnings};

/// One section.
#[derive(Debug, Clone)]
pub(crate) struct Schema {
    /// The names it is for.
    pub selector: Selector,
    /// Its archives, finest first.
    pub archives: Vec<Archive>,
    priority: i64,
}

/// Reads the text of `file`: the schemas in the order in which they are tried.
pub(crate) fn parse(text: &str, file: &Path) -> (Vec<Schema>, Vec<Warning>) {
    let mut warnings = Warnings::new(file);
    let sections = ini::parse(text, &mut warnings);
    let read = |section| Schema::read(section, file, &mut warnings);
    let mut schemas: Vec<Schema> = sections.iter().filter_map(read).collect();
    sort_by_priority(&mut schemas, &mut warnings);
    warn_unreachable(&schemas, |schema| &schema.selector, &mut warnings);
    (schemas, warnings.into_list())
}

impl Schema {
    fn read(section: &IniSection, file: &Path, warnings: &mut Warnings) -> Option<Self> {
        let selector = Selector::read(section, file, warnings)?;
        let Some(option) = section.get("retentions") else {
            warnings.push_skipped(
                section.line,
                &section.name,
                "it has no retentions",
                "carbon would skip it, too",
            );
            return None;
        };
        match retention::parse(&option.value) {
            Ok(list) => {
                for remark in list.remarks {
                    warnings.push(option.line, remark.message, remark.elsewhere);
                }
                let priority = read_priority(section, warnings);
                Some(Self { selector, archives: list.archives, priority })
            }
            Err(error) => {
                let elsewhere = "carbon would skip it or refuse to start";
                warnings.push_skipped(option.line, &section.name, error, elsewhere);
                None
            }
        }
    }
}

fn read_priority(section: &IniSection, warnings: &mut Warnings) -> i64 {
    let Some(option) = section.get("priority") else { return 0 };
    option.value.parse().unwrap_or_else(|_| {
        let message = format!("the priority of [{}] is no whole number and is ignored", section.name);
        warnings.push(option.line, message, "carbon ignores priorities, go-carbon would refuse the file");
        0
    })
}

/// Higher priorities come first, equal ones in the order of the file, as in go-carbon.
fn sort_by_priority(schemas: &mut [Schema], warnings: &mut Warnings) {
    let mut lowest_so_far = i64::MAX;
    for schema in schemas.iter() {
        if schema.priority > lowest_so_far {
            let message = format!(
                "[{}] is tried before sections above it because its priority is {}",
                schema.selector.section, schema.priority
            );
            warnings.push(schema.selector.line, message, "carbon would go by the order of the file");
        }
        lowest_so_far = lowest_so_far.min(schema.priority);
    }
    schemas.sort_by_key(|schema| std::cmp::Reverse(schema.priority));
}

#[cfg(test)]
mod tests;
