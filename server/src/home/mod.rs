//! The page at `/`: what this machine did in the last 15 minutes, and how to go on from here.
//!
//! `render_page` is a pure function to one self-contained HTML document: nothing is loaded from elsewhere, it works
//! without scripts, and every foreign name is escaped. `GRAPHS` says which expressions the server answers for it.
//! Asking the store and serving the page is the server's business.

mod address;
mod counts;
mod escape;
mod graph;
mod guide;
mod scale;
mod segments;
mod unit;
mod wanted;

use std::fmt::{self, Write};

use escape::Escaped;
use scale::TimeScale;

pub(crate) use address::Addresses;
pub(crate) use counts::Counts;
pub(crate) use graph::{Graph, Line};
pub(crate) use wanted::{GRAPHS, SPAN_SECONDS, WantedGraph};

/// Media type to serve the page with.
pub(crate) const CONTENT_TYPE: &str = "text/html; charset=utf-8";

/// Content security policy to serve the page with: it loads nothing, and talks to this server alone.
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
    script-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'";

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("refresh.js");

/// A mark of three bars for the browser's tab, so that no request goes out for one.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\
    %3Cpath d='M3 14V9M8 14V5M13 14V2' stroke='%234a76d6' stroke-width='3' stroke-linecap='round'/%3E%3C/svg%3E";

/// Everything that the page shows.
#[derive(Debug, Clone)]
pub(crate) struct HomePage<'a> {
    /// The machine's name, as people know it.
    pub(crate) host: &'a str,
    /// Plumbago's version.
    pub(crate) version: &'a str,
    /// The present, in seconds since the epoch: the right edge of the graphs.
    pub(crate) now: i64,
    /// Where the server listens.
    pub(crate) addresses: Addresses<'a>,
    /// Whether host metrics are on.
    pub(crate) host_metrics_enabled: bool,
    /// The graphs; see [`GRAPHS`].
    pub(crate) graphs: Vec<Graph<'a>>,
    /// What the server has done.
    pub(crate) counts: Counts,
}

/// The whole HTML document.
pub(crate) fn render_page(page: &HomePage) -> String {
    let mut out = String::with_capacity(64 * 1024);
    // Writing into a string cannot fail.
    let written = write_page(&mut out, page);
    debug_assert!(written.is_ok(), "a string takes everything");
    out
}

fn write_page(out: &mut String, page: &HomePage) -> fmt::Result {
    let host = Escaped(page.host);
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <noscript><meta http-equiv=\"refresh\" content=\"10\"></noscript>\n\
         <title>Plumbago on {host}</title>\n<link rel=\"icon\" href=\"{ICON}\">\n<style>\n{STYLE}</style>\n</head>\n<body>"
    )?;
    writeln!(
        out,
        "<header><h1>Plumbago</h1><p>on <b>{host}</b>, version {}</p><p id=\"state\" role=\"status\"></p></header>\n<main>",
        Escaped(page.version)
    )?;
    writeln!(out, "<div id=\"live\">")?;
    counts::write_counts(out, &page.counts)?;
    write_graphs(out, page)?;
    writeln!(out, "</div>")?;
    guide::write_guide(out, &page.addresses)?;
    writeln!(out, "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>")
}

fn write_graphs(out: &mut String, page: &HomePage) -> fmt::Result {
    if !page.graphs.iter().any(Graph::has_data) {
        let notice = if page.host_metrics_enabled {
            "No host metrics yet: the first graphs appear within half a minute of the start. This page refreshes itself."
        } else {
            "Host metrics are off, so there are no graphs of this machine. They come with <code>enabled = true</code> \
             under <code>[host_metrics]</code> in the configuration, and are always off with a fixed clock."
        };
        return writeln!(out, "<p class=\"notice\">{notice}</p>");
    }
    let time = TimeScale { from: page.now.saturating_sub(SPAN_SECONDS), until: page.now };
    writeln!(out, "<h2>The last 15 minutes of {}</h2>\n<div class=\"graphs\">", Escaped(page.host))?;
    for graph in &page.graphs {
        graph::write_graph(out, graph, time)?;
    }
    writeln!(out, "</div>")
}

#[cfg(test)]
mod tests;
