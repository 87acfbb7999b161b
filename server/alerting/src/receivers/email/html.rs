//! Our own HTML form of a message: a table that every mail program shows, without anything that is loaded from elsewhere.
//!
//! Invariant: every foreign text passes [`escape_html`]; links have been made by us.

use super::PICTURE;
use crate::message::{AlarmStatus, Message};
use crate::receivers::plain::escape_html;
use crate::receivers::wording::{Paragraph, headline, left_out, paragraphs};
use crate::receivers::{Surroundings, link};

const RED: &str = "#b3261e";
const GREEN: &str = "#1b7a3d";

/// The document; `reason` is why it is not that of the file.
pub(super) fn of(
    message: &Message,
    surroundings: &Surroundings<'_>,
    has_picture: bool,
    reason: Option<&str>,
) -> String {
    let title = headline(message);
    let title = escape_html(&title);
    let color = if message.status() == AlarmStatus::Firing { RED } else { GREEN };
    let mut html = format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body style=\"font-family:sans-serif;font-size:14px;color:#222;margin:0;padding:16px\">\n\
         <h1 style=\"font-size:17px;color:#fff;background:{color};padding:10px 14px;margin:0 0 16px\">{title}</h1>\n"
    );
    if let Some(reason) = reason {
        html.push_str(&format!("<p>{}</p>\n", escape_html(reason)));
    }
    if has_picture {
        html.push_str(&format!(
            "<p><img src=\"cid:{PICTURE}\" alt=\"graph\" style=\"max-width:100%\"></p>\n"
        ));
    }
    for paragraph in paragraphs(message, surroundings) {
        push_paragraph(&mut html, &paragraph);
    }
    if let Some(line) = left_out(message) {
        html.push_str(&format!("<p>{}</p>\n", escape_html(&line)));
    }
    let start_page = link::start_page(surroundings);
    let start_page = escape_html(&start_page);
    html.push_str(&format!(
        "<p style=\"color:#666\">Sent by <a href=\"{start_page}\">Plumbago</a></p>\n</body></html>\n"
    ));
    html
}

fn push_paragraph(html: &mut String, paragraph: &Paragraph) {
    let (state, color) = if paragraph.is_firing { ("FIRING", RED) } else { ("RESOLVED", GREEN) };
    html.push_str(&format!(
        "<div style=\"border-left:4px solid {color};padding:2px 12px;margin:0 0 14px\">\n\
         <p style=\"margin:4px 0\"><b style=\"color:{color}\">{state}</b> <a href=\"{}\"><b>{}</b></a> {}</p>\n",
        escape_html(&paragraph.link),
        escape_html(if paragraph.name.is_empty() { "alarm" } else { &paragraph.name }),
        escape_html(&paragraph.summary),
    ));
    if !paragraph.description.is_empty() {
        let text = escape_html(&paragraph.description).replace('\n', "<br>\n");
        html.push_str(&format!("<p style=\"margin:4px 0\">{text}</p>\n"));
    }
    html.push_str("<table style=\"font-size:13px;border-collapse:collapse\">\n");
    for (name, value) in &paragraph.facts {
        html.push_str(&format!(
            "<tr><td style=\"color:#666;padding:1px 12px 1px 0\">{}</td><td>{}</td></tr>\n",
            escape_html(name),
            escape_html(value)
        ));
    }
    html.push_str("</table>\n");
    if let Some(runbook) = &paragraph.runbook {
        let runbook = escape_html(runbook);
        html.push_str(&format!("<p style=\"margin:4px 0\"><a href=\"{runbook}\">runbook</a></p>\n"));
    }
    html.push_str("</div>\n");
}
