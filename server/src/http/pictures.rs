//! `/render` as a picture: the parameters and the series go to `plumbago_pictures`, which draws.
//!
//! Owns the way there and back: what wrong parameters are answered with, and pies whose slices are written out as
//! `target=name:value`. Parameters are checked before anything is read.

use super::answer::{Answer, Fault};
use super::call::Call;
use super::format::{callback, unwritable};
use super::formats::{self, Caching, PictureKind};
use super::{App, query_fault};
use hyper::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use plumbago_pictures::{Format, Parameters, Picture, PictureError, Series, Slice};
use plumbago_query::{RenderRequest, evaluate};

/// What a browser may do with an SVG that it opens as a page: show it.
const NOTHING_ELSE: HeaderValue = HeaderValue::from_static("default-src 'none'");

/// The picture that a request asks for.
///
/// # Errors
/// A wrong parameter, or whatever hinders the query.
pub(super) fn picture(
    app: &App,
    call: &Call,
    kind: PictureKind,
    request: RenderRequest,
    caching: &Caching,
) -> Result<Answer, Fault> {
    let get = |name: &str| call.params.last(name);
    let parameters = Parameters::read(&get).map_err(fault)?;
    let picture =
        if parameters.is_pie() { pie(app, &parameters, request) } else { graph(app, &parameters, request) }?;
    let format = match kind {
        PictureKind::Png => Format::Png,
        PictureKind::Svg => Format::Svg,
        PictureKind::Pdf => Format::Pdf,
    };
    let encode = || picture.encode(format).map_err(fault);
    if let (Format::Svg, Some(name)) = (format, callback(&call.params)?) {
        let text = String::from_utf8_lossy(&encode()?).into_owned();
        let text = serde_json::to_string(&text).map_err(unwritable)?;
        return Ok(Answer::new("text/javascript; charset=utf-8", format!("{name}({text})")));
    }
    let mut answer = formats::drawn(call, format.content_type(), picture.svg().as_bytes(), caching, encode)?;
    if format == Format::Svg {
        answer.headers.push((CONTENT_SECURITY_POLICY, NOTHING_ELSE));
    }
    Ok(answer)
}

fn graph(app: &App, parameters: &Parameters, request: RenderRequest) -> Result<Picture, Fault> {
    let series = series(app, &request)?;
    let range = (request.from.min(request.until), request.from.max(request.until));
    Picture::of_series(parameters, &series, range, &request.time_zone).map_err(fault)
}

/// A pie: first the slices whose values are written out, then those of series.
fn pie(app: &App, parameters: &Parameters, mut request: RenderRequest) -> Result<Picture, Fault> {
    let mut slices = Vec::new();
    request.targets.retain(|target| match written_out(target) {
        Some(slice) => {
            slices.push(slice);
            false
        }
        None => true,
    });
    if !request.targets.is_empty() {
        slices.extend(series(app, &request)?.iter().map(|one| Slice::of(parameters, one)));
    }
    Picture::of_slices(parameters, &slices).map_err(fault)
}

/// A slice as `name:value`.
fn written_out(target: &str) -> Option<Slice> {
    let (name, value) = target.rsplit_once(':')?;
    let value = value.trim().parse().ok()?;
    Some(Slice { name: name.into(), value })
}

fn series(app: &App, request: &RenderRequest) -> Result<Vec<Series>, Fault> {
    let series = evaluate(&app.source(), request).map_err(query_fault)?;
    Ok(series.into_iter().map(Series::from).collect())
}

/// Why there is no picture, as the caller is told.
pub(super) fn fault(error: PictureError) -> Fault {
    let message = error.to_string();
    if error.is_callers() { Fault::bad_request(message) } else { Fault::internal(message) }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{app, call};
    use super::super::render::render;
    use super::*;

    fn answer(query: &str) -> Result<Answer, String> {
        render(&app(), &call("/render", query)).map_err(|fault| fault.message)
    }

    #[test]
    fn each_format_has_its_type_and_its_bytes() {
        for (format, content_type, begins) in [
            ("png", "image/png", &b"\x89PNG"[..]),
            ("svg", "image/svg+xml", b"<svg "),
            ("pdf", "application/x-pdf", b"%PDF-"),
            ("bogus", "image/png", b"\x89PNG"),
        ] {
            let answer =
                answer(&format!("target=constantLine(5)&format={format}&width=100&height=80")).unwrap();
            assert_eq!(answer.content_type, content_type);
            assert!(answer.body.starts_with(begins), "{format}");
            assert!(answer.etag.is_some(), "{format}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_and_nothing_is_drawn() {
        for (query, begins) in [
            ("width=99999", "width: expected a whole number from 1 to 8192"),
            ("width=8000&height=8000", "height: expected at most 2097"),
            ("bgcolor=%22/%3E", "bgcolor: expected a colour"),
            ("target=color(constantLine(1),'nope')", "color: expected a colour"),
            ("target=constantLine(1)&xFormat=%25", "xFormat: expected a format of times"),
            ("graphType=pie&valueLabels=all", "valueLabels: expected one of none, number, percent"),
            ("target=constantLine(1&width=10", "target"),
        ] {
            let message = answer(&format!("format=svg&{query}")).unwrap_err();
            assert!(message.starts_with(begins) || query.starts_with("target=constantLine(1&"), "{message}");
            assert_eq!(message.lines().count(), 1);
        }
    }

    #[test]
    fn a_pie_takes_values_that_are_written_out() {
        let text = |query: &str| String::from_utf8(answer(query).unwrap().body.to_vec()).unwrap();
        let svg = text("format=svg&graphType=pie&target=a:%20b:30&target=c:10&target=constantLine(40)");
        for word in [">a: b<", ">c<", ">40.0<", "37.5%", "12.5%", "50.0%"] {
            assert!(svg.contains(word), "{word}: {svg}");
        }
        assert!(text("format=svg&graphType=pie").contains("No Data"));
    }

    #[test]
    fn an_svg_can_be_handed_to_a_function_and_does_nothing_by_itself() {
        let wrapped = answer("format=svg&jsonp=show&width=9&height=9").unwrap();
        assert!(wrapped.body.starts_with(b"show(\"<svg "), "{:?}", wrapped.body);
        assert_eq!(wrapped.content_type, "text/javascript; charset=utf-8");
        assert!(answer("format=svg&jsonp=a(b").unwrap_err().starts_with("jsonp:"));
        let plain = answer("format=svg").unwrap();
        assert!(plain.headers.contains(&(CONTENT_SECURITY_POLICY, NOTHING_ELSE)));
    }
}
