//! Texts of messages: those of the settings, which are templates, and ours where the settings have none.
//!
//! Invariant: a text always comes about. A template that fails for a message is replaced by our own text, which then says
//! why.

mod default;
mod scope;
mod vocabulary;

use std::fmt;

use plumbago_rules::{Template, TemplateError, Vocabulary};

pub(super) use default::{Paragraph, headline, left_out, paragraphs, plain_text};
pub(super) use scope::Scope;
pub(super) use vocabulary::{HTML, JSON, PLAIN, SLACK};

/// A text of the settings.
#[derive(Clone, PartialEq)]
pub(crate) struct Phrase(Option<Template>);

/// Without the text: where variables of the environment are put in, it may hold a secret.
impl fmt::Debug for Phrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.is_ours() { "ours" } else { "<template>" })
    }
}

impl Phrase {
    /// Our own text.
    pub(crate) const OURS: Phrase = Phrase(None);

    /// Compiles a text. A mere call of one of Alertmanager's own templates, such as `{{ template "slack.default.text" . }}`,
    /// stands for our own text.
    pub(crate) fn compile(text: &str, vocabulary: &'static Vocabulary) -> Result<Phrase, TemplateError> {
        if is_default_of_alertmanager(text) {
            return Ok(Phrase::OURS);
        }
        Template::compile_for(text, vocabulary).map(|template| Phrase(Some(template)))
    }

    /// Whether it is our own text.
    pub(super) fn is_ours(&self) -> bool {
        self.0.is_none()
    }

    /// The text for a message.
    pub(super) fn render(&self, scope: &Scope<'_>, ours: impl FnOnce() -> String) -> String {
        match self.try_render(scope) {
            Some(Ok(text)) => text,
            Some(Err(reason)) => format!("{}\n({reason})", ours()),
            None => ours(),
        }
    }

    /// The text for a message or why there is none; nothing where it is our own.
    pub(super) fn try_render(&self, scope: &Scope<'_>) -> Option<Result<String, String>> {
        let template = self.0.as_ref()?;
        Some(template.render_with(scope.value()).map_err(|error| error.to_string()))
    }
}

/// Whether a text is `{{ template "….default.…" . }}` and nothing else.
fn is_default_of_alertmanager(text: &str) -> bool {
    let inside = text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    let call = inside.map(|inside| inside.trim_matches(|c: char| c == '-' || c.is_whitespace()));
    let name = call.and_then(|call| call.strip_prefix("template"));
    let name = name.and_then(|name| name.trim_end().strip_suffix('.')).map(str::trim);
    let name = name.and_then(|name| name.strip_prefix('"')?.strip_suffix('"'));
    name.is_some_and(|name| {
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._".contains(&byte));
        is_plain && (name.contains(".default.") || name.starts_with("__"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receivers::samples;

    fn rendered(text: &str, vocabulary: &'static Vocabulary) -> String {
        let (message, surroundings) = (samples::message(), samples::surroundings());
        let scope = Scope::of(&message, &surroundings);
        Phrase::compile(text, vocabulary).expect(text).render(&scope, || "ours".to_owned())
    }

    #[test]
    fn templates_know_the_message() {
        for (text, expected) in [
            ("{{ status }} {{ receiver }} {{ group_labels.dc }}", "firing ops eu"),
            ("{{ common_labels.alertname }}{{ common_labels.nothing }}", "HighCpu"),
            ("{% for alert in firing %}{{ alert.labels.host }}={{ alert.value }};{% endfor %}", "web1=91.5;"),
            ("{{ alerts | length }} {{ resolved | length }} {{ truncated }}", "2 1 0"),
            (
                "{{ alerts[0].graph_url }}",
                "https://plumbago.example/render?target=web.cpu&from=1767222000&format=png",
            ),
            (
                "{{ alerts[0].starts_at }} {{ alerts[1].ends_at }}",
                "2026-01-01T00:00:00Z 2026-01-01T00:10:00Z",
            ),
            ("{{ .Status | toUpper }} {{ .GroupLabels.dc }}", "FIRING eu"),
            ("{{ .CommonLabels.alertname }} {{ .CommonAnnotations.summary }}", "HighCpu CPU is busy"),
            (
                "{{ .Alerts.Firing | len }} of {{ len .Alerts }} at {{ .ExternalURL }}",
                "1 of 2 at https://plumbago.example",
            ),
            ("{{ .GroupLabels.SortedPairs.Values | join \" \" }}", "eu"),
            ("{{ template \"slack.default.title\" . }}", "ours"),
        ] {
            assert_eq!(rendered(text, &PLAIN), expected, "{text}");
        }
    }

    #[test]
    fn what_a_template_inserts_is_escaped_and_its_own_text_is_not() {
        let mut message = samples::message();
        samples::label(&mut message, "host", "<b>\"&\\");
        let surroundings = samples::surroundings();
        let scope = Scope::of(&message, &surroundings);
        let text = "<i>{{ alerts[0].labels.host }}</i>";
        for (vocabulary, expected) in [
            (&PLAIN, "<i><b>\"&\\</i>"),
            (&HTML, "<i>&lt;b&gt;&quot;&amp;\\</i>"),
            (&SLACK, "<i>&lt;b&gt;\"&amp;\\</i>"),
            (&JSON, "<i><b>\\\"&\\\\</i>"),
        ] {
            let phrase = Phrase::compile(text, vocabulary).expect("a template");
            assert_eq!(phrase.render(&scope, String::new), expected);
        }
    }

    #[test]
    fn what_cannot_be_translated_is_refused_at_its_place() {
        let refused = |text| Phrase::compile(text, &PLAIN).expect_err(text);
        let error = refused("a\n {{ range .Alerts }}x{{ end }}");
        assert_eq!((error.line, error.column), (2, 5), "{error}");
        let error = refused("{{ statuss }}");
        assert!(error.message.contains("did you mean \"status\"?"), "{error}");
        let error = refused("{{ template \"my.own\" . }}");
        assert!(error.message.contains("Go's templates"), "{error}");
        let error = refused("{{ status | toUpper }}");
        assert!(error.message.contains("\"status\" is a form of Go's templates"), "{error}");
        let error = refused("{{ $labels.x }}");
        assert!(error.message.contains("Go's templates"), "{error}");
    }

    #[test]
    fn a_template_that_fails_is_replaced_and_says_so() {
        let text = rendered("{{ alerts[7].labels.host }}", &PLAIN);
        assert!(text.starts_with("ours\n(line 1 of the template"), "{text}");
    }
}
