//! Writes the Prometheus text format: HELP and TYPE once a family, then its samples.
//!
//! The caller keeps the samples of a family together; label values are escaped here, names are trusted (they are
//! literals of this program).

use std::fmt::Write;

/// What a family's numbers mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Only grows, from 0 at the start of the process.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by size.
    Histogram,
}

/// A page of metrics that is being written.
#[derive(Debug, Default)]
pub(crate) struct TextPage {
    out: String,
}

impl TextPage {
    /// Begins a family.
    pub(crate) fn family(&mut self, name: &'static str, kind: Kind, help: &str) -> Family<'_> {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(self.out, "# HELP {name} {help}\n# TYPE {name} {kind}");
        Family { out: &mut self.out, name }
    }

    /// Begins a family of samples with endings of their own.
    pub(crate) fn histogram(&mut self, name: &'static str, help: &str) -> Family<'_> {
        self.family(name, Kind::Histogram, help)
    }

    /// A family with one sample and no label.
    pub(crate) fn single(&mut self, name: &'static str, kind: Kind, help: &str, value: f64) {
        self.family(name, kind, help).sample(&[], value);
    }

    /// The page.
    pub(crate) fn finish(self) -> String {
        self.out
    }
}

/// A family whose samples are being written.
#[derive(Debug)]
pub(crate) struct Family<'a> {
    out: &'a mut String,
    name: &'static str,
}

impl Family<'_> {
    /// Writes one sample with these labels.
    pub(crate) fn sample(&mut self, labels: &[(&str, &str)], value: f64) -> &mut Self {
        self.sample_of("", labels, value)
    }

    /// Writes one sample with these labels, whose name has this ending.
    pub(crate) fn sample_of(&mut self, ending: &str, labels: &[(&str, &str)], value: f64) -> &mut Self {
        self.out.push_str(self.name);
        self.out.push_str(ending);
        for (position, (label, text)) in labels.iter().enumerate() {
            self.out.push(if position == 0 { '{' } else { ',' });
            let _ = write!(self.out, "{label}=\"{}\"", escape(text));
        }
        if !labels.is_empty() {
            self.out.push('}');
        }
        let _ = writeln!(self.out, " {value}");
        self
    }
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_as_prometheus_expects() {
        let mut page = TextPage::default();
        page.family("points_total", Kind::Counter, "Points.")
            .sample(&[("listener", "udp"), ("reason", "a\"b\\\n")], 3.0)
            .sample(&[], 1e18);
        page.single("heat_celsius", Kind::Gauge, "Heat.", -1.5);
        assert_eq!(
            page.finish(),
            "# HELP points_total Points.\n# TYPE points_total counter\n\
             points_total{listener=\"udp\",reason=\"a\\\"b\\\\\\n\"} 3\n\
             points_total 1000000000000000000\n\
             # HELP heat_celsius Heat.\n# TYPE heat_celsius gauge\nheat_celsius -1.5\n"
        );
    }
}
