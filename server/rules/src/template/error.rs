//! What is wrong with a template, and what went wrong with one.

use std::fmt;

/// A template that does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// The line of the template's text, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong there, as a sentence without a full stop.
    pub message: String,
}

impl TemplateError {
    /// An error at a byte of `text`.
    pub(super) fn at(text: &str, offset: usize, message: impl Into<String>) -> TemplateError {
        let before = text.get(..offset.min(text.len())).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        TemplateError {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.into(),
        }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {} of the template: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for TemplateError {}

/// A template that could not be rendered for a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderError {
    /// The line of the template's text, from 1, where known.
    pub line: Option<usize>,
    /// What went wrong, as a sentence without a full stop.
    pub message: String,
}

impl RenderError {
    pub(super) fn of(error: minijinja::Error) -> RenderError {
        let message = match error.kind() {
            minijinja::ErrorKind::OutOfFuel => "it takes more work than a template is allowed".to_owned(),
            _ => describe(&error),
        };
        RenderError { line: error.line(), message }
    }

    pub(super) fn over_output() -> RenderError {
        let most = plumbago_protocol::limits::TEMPLATE_OUTPUT_BYTES_MAX;
        RenderError { line: None, message: format!("its output is longer than {most} bytes") }
    }
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line} of the template: {}", self.message),
            None => write!(f, "the template cannot be rendered: {}", self.message),
        }
    }
}

impl std::error::Error for RenderError {}

/// The kind of an error and its detail, on one line.
pub(super) fn describe(error: &minijinja::Error) -> String {
    let kind = error.kind().to_string();
    match error.detail() {
        Some(detail) => format!("{kind}: {detail}").replace('\n', " "),
        None => kind,
    }
}
