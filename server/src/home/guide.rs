//! Owns the page's guide: the line that sends a first metric, the settings of Grafana, and where everything else is.
//!
//! Invariant: each line works as it stands, with this server's real addresses.

use std::fmt::{self, Write};

use super::address::Addresses;
use super::escape::Escaped;

/// Paths of this server worth knowing, each with what is there.
const LINKS: &[(&str, &str)] = &[
    ("/metrics/index.json", "names of all metrics"),
    ("/metrics/find?query=*", "the tree of names, one level: here the first"),
    ("/tags", "tags of all series"),
    ("/functions", "what can be done with series in a query"),
    (
        "/render?target=carbon.agents.*.metricsReceived&from=-1h&format=json",
        "a query: points received, each minute",
    ),
    ("/api/v1/ingest/rejected", "what was refused of late, and why"),
    ("/metrics", "this server's own counters, for Prometheus"),
    ("/healthz", "whether the server answers at all"),
    ("/readyz", "whether data can be written and read"),
    ("/version", "version of the Graphite interface"),
];

/// Writes the guide's three sections.
pub(crate) fn write_guide(out: &mut String, addresses: &Addresses) -> fmt::Result {
    writeln!(out, "<div class=\"guide\">")?;
    write_first_metric(out, addresses)?;
    write_grafana(out, addresses)?;
    writeln!(out, "</div>\n<section>\n<h2>Everything else</h2>\n<ul class=\"links\">")?;
    for (path, what) in LINKS {
        let path = Escaped(path);
        writeln!(out, "<li><a href=\"{path}\">{path}</a> <span>{what}</span></li>")?;
    }
    writeln!(out, "</ul>\n</section>")
}

fn write_first_metric(out: &mut String, addresses: &Addresses) -> fmt::Result {
    writeln!(out, "<section>\n<h2>Send a first metric</h2>")?;
    match addresses.plaintext {
        Some(listener) => {
            let (host, port) = addresses.for_senders(listener);
            let point = "echo \"test.value 42 $(date +%s)\"";
            let line = format!("{point} | nc -q0 {host} {port}");
            writeln!(out, "<pre><code>{}</code></pre>", Escaped(&line))?;
            let line = format!("{point} > /dev/tcp/{host}/{port}");
            writeln!(out, "<p>Or, where there is no <code>nc</code>, with bash alone:</p>")?;
            writeln!(out, "<pre><code>{}</code></pre>", Escaped(&line))?;
            let look = "/render?target=test.value&from=-5min&format=json";
            writeln!(out, "<p>Then <a href=\"{}\">look at test.value</a>.</p>", Escaped(look))?;
        }
        None => writeln!(out, "<p>The plaintext listener is off.</p>")?,
    }
    writeln!(out, "<dl>")?;
    write_listener(out, "Plaintext TCP", addresses.plaintext.map(|listener| listener.to_string()))?;
    write_listener(out, "Plaintext UDP", addresses.udp.map(|listener| listener.to_string()))?;
    write_listener(out, "Pickle TCP", addresses.pickle.map(|listener| listener.to_string()))?;
    writeln!(out, "</dl>\n</section>")
}

fn write_listener(out: &mut String, name: &str, address: Option<String>) -> fmt::Result {
    writeln!(
        out,
        "<dt>{name}</dt><dd>{}</dd>",
        address.map_or_else(|| "off".to_owned(), |it| format!("<code>{it}</code>"))
    )
}

fn write_grafana(out: &mut String, addresses: &Addresses) -> fmt::Result {
    writeln!(
        out,
        "<section>\n<h2>Show it in Grafana</h2>\n<p>Connections → Data sources → Add data source:</p>"
    )?;
    let url = addresses.http_url();
    writeln!(
        out,
        "<dl>\n<dt>Type</dt><dd>Graphite</dd>\n<dt>URL</dt><dd><code>{}</code></dd>\n<dt>Version</dt><dd>1.1.x</dd>\n</dl>",
        Escaped(&url)
    )?;
    if addresses.http_is_local() {
        writeln!(
            out,
            "<p class=\"hint\">Only this machine can reach that URL. For a Grafana elsewhere, or in a container, start \
             with <code>--listen-http 0.0.0.0:{}</code>.</p>",
            addresses.http.port()
        )?;
    }
    writeln!(out, "</section>")
}
