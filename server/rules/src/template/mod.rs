//! Text with `{{ … }}`: compiled once, rendered for one series after the other.
//!
//! Invariant: rendering reads no file, includes nothing, and ends: work and memory are bounded by fuel, the output by
//! `limits::TEMPLATE_OUTPUT_BYTES_MAX`. What comes out is data; escaping it is left to where it goes.

mod check;
mod environment;
mod error;
mod go;
mod humanize;
mod output;
mod printf;
mod scan;
mod scope;
mod vocabulary;

use std::fmt;
use std::sync::Arc;

use minijinja::Environment;
use plumbago_protocol::limits;

pub use error::{RenderError, TemplateError};
pub use scope::{Subject, label_values};
pub use vocabulary::Vocabulary;

use output::Bounded;
use scan::Part;

/// A compiled template; cheap to clone.
///
/// ```
/// use plumbago_rules::{Subject, Template};
/// let template = Template::compile("dc.{{ node(1) }}.p99").unwrap();
/// let tags = plumbago_query::Tags::of_name("web.eu.latency".into());
/// let subject = Subject { series: "web.eu.latency", tags: &tags, ..Subject::default() };
/// assert_eq!(template.render(&subject).unwrap(), "dc.eu.p99");
/// ```
#[derive(Clone)]
pub struct Template {
    text: Arc<str>,
    /// `None`: the text has no code and is its own rendering.
    code: Option<Arc<Code>>,
}

/// A template's code, translated from Go's form where it was in it.
struct Code {
    /// Holds the compiled template under [`environment::NAME`].
    environment: Environment<'static>,
    uses_value: bool,
    pieces: Vec<Piece>,
}

/// What a template's output is made of, as far as that is known before rendering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// This text.
    Text(String),
    /// Something that counts as a `*`: it stays within one node of a path.
    WithinNode,
    /// A name or a part of one, which may hold dots; or parts that depend on conditions.
    AnyText,
}

impl Template {
    /// Compiles a template.
    ///
    /// # Errors
    /// The line and column of what is wrong: syntax, a name or filter that does not exist, a form of Go's templates that
    /// is not translated, or too long a text.
    pub fn compile(text: &str) -> Result<Template, TemplateError> {
        Self::compile_for(text, &vocabulary::SERIES)
    }

    /// Compiles a template that is about something else than a series; it is rendered with [`Self::render_with`].
    ///
    /// # Errors
    /// As [`Self::compile`].
    pub fn compile_for(text: &str, vocabulary: &'static Vocabulary) -> Result<Template, TemplateError> {
        if text.len() > limits::TEMPLATE_BYTES_MAX {
            let message = format!("a template has at most {} bytes", limits::TEMPLATE_BYTES_MAX);
            return Err(TemplateError { line: 1, column: 1, message });
        }
        let parts = scan::parts(text);
        let shared = Arc::from(text);
        if parts.iter().all(|part| matches!(part, Part::Text(_))) {
            return Ok(Template { text: shared, code: None });
        }
        check::size(text, &parts)?;
        let translated = go::translate(text, &parts, vocabulary)?;
        check::filters(text, &parts, vocabulary)?;
        let (environment, used) = environment::compile(&translated, vocabulary)?;
        check::names(text, &parts, &used, vocabulary)?;
        let uses_value = used.contains("value") || used.contains("last");
        let code = Code { environment, uses_value, pieces: scan::pieces(text, &parts) };
        Ok(Template { text: shared, code: Some(Arc::new(code)) })
    }

    /// The text as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the rendering may depend on the series' values. If it does not, it is the same at every evaluation.
    pub fn uses_value(&self) -> bool {
        self.code.as_ref().is_some_and(|code| code.uses_value)
    }

    /// The rendering, if it is the same for every series: a text without code.
    pub fn constant(&self) -> Option<&str> {
        if self.code.is_none() { Some(&self.text) } else { None }
    }

    /// What the output is made of, in order.
    pub(crate) fn pieces(&self) -> Vec<Piece> {
        match &self.code {
            Some(code) => code.pieces.clone(),
            None => vec![Piece::Text(self.text.to_string())],
        }
    }

    /// Renders the template.
    ///
    /// # Errors
    /// An operation that does not fit its operands, more output than the limit, or more work than the fuel allows.
    pub fn render(&self, subject: &Subject<'_>) -> Result<String, RenderError> {
        if self.code.is_none() { Ok(self.text.to_string()) } else { self.render_with(subject.to_value()) }
    }

    /// Renders the template with what the names of its vocabulary stand for.
    ///
    /// # Errors
    /// As [`Self::render`].
    pub fn render_with(&self, names: minijinja::Value) -> Result<String, RenderError> {
        let Some(code) = &self.code else { return Ok(self.text.to_string()) };
        let compiled = code.environment.get_template(environment::NAME).map_err(RenderError::of)?;
        let mut output = Bounded::default();
        match compiled.render_captured_to(names, &mut output) {
            Ok(_) => output.into_text(),
            Err(_) if output.is_over() => Err(RenderError::over_output()),
            Err(error) => Err(RenderError::of(error)),
        }
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Template").field(&self.text).finish()
    }
}

impl PartialEq for Template {
    fn eq(&self, other: &Template) -> bool {
        self.text == other.text
    }
}

#[cfg(test)]
mod random;
#[cfg(test)]
mod tests;
