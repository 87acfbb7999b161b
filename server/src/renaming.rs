//! What a rename makes of an old name: by patterns for series chosen by a pattern, by tags for those chosen by tags.
//!
//! Owns the choice between the two, for HTTP and for the command line alike.

use crate::rename::Renamer;
use crate::retag::Retagger;
use plumbago_engine::Selector;

/// Makes new names.
#[derive(Debug)]
pub(crate) enum Renaming {
    /// Of wildcards' matches.
    Pattern(Renamer),
    /// With other tags.
    Tags(Retagger),
}

impl Renaming {
    /// Reads `to` where `selector` is a pattern, else the assignments.
    ///
    /// # Errors
    /// A sentence that says what does not fit to the selector.
    pub(crate) fn new<'a>(
        selector: &Selector,
        to: Option<&str>,
        assignments: impl IntoIterator<Item = &'a str>,
    ) -> Result<Renaming, String> {
        match (selector, to) {
            (Selector::Glob(from), Some(to)) => {
                Renamer::new(from, to).map(Renaming::Pattern).map_err(|error| format!("to: {error}"))
            }
            (Selector::Glob(_), None) => Err("to: the new name is missing".to_owned()),
            _ => Retagger::new(assignments).map(Renaming::Tags).map_err(|error| format!("set: {error}")),
        }
    }

    /// The new name of a series.
    ///
    /// # Errors
    /// A sentence that says why the series has to keep its name.
    pub(crate) fn new_name(&self, old: &str) -> Result<String, String> {
        match self {
            Renaming::Pattern(renamer) => renamer.new_name(old),
            Renaming::Tags(retagger) => retagger.new_name(old),
        }
    }
}
