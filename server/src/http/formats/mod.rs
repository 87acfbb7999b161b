//! Which format an answer gets, and what goes with it: content type, caching, compression.
//!
//! Invariant: one file of `plumbago_protocol::encode` writes each format; here it is only chosen. An answer that is short
//! is whole when the handler returns; of a long one only the beginning is, and the rest is written as the socket takes it.

mod caching;
mod compression;
mod form;
mod outgoing;
mod rest;
mod series;

pub(super) use caching::Caching;
pub(super) use form::{Form, PROTOBUF_V3_TYPE, PictureKind};
pub(super) use outgoing::finish;
pub(crate) use rest::{Encoded, Rest};
pub(super) use series::Answered;

use super::answer::{Answer, Fault};
use super::call::Call;
use super::format::callback;
use jiff::tz::TimeZone;
use plumbago_protocol::encode::{
    Csv, Dygraph, Layout, Msgpack, Pickle, Pieces, ProtobufV2, ProtobufV3, Raw, RenderJson, Rickshaw,
    SeriesList,
};
use twox_hash::XxHash3_128;

/// Bytes of an answer up to which it is written at once.
const WHOLE_BYTES_MAX: usize = 256 << 10;

/// The answer of a render request.
///
/// # Errors
/// A callback's name that is none, or series that cannot share a table.
pub(super) fn series_answer(
    call: &Call,
    form: Form,
    list: Answered,
    zone: TimeZone,
    caching: &Caching,
) -> Result<Answer, Fault> {
    let layout = layout(form, &list, zone, call.params.last("noNullPoints").is_some())?;
    let mut pieces = Pieces::new(layout);
    let mut content_type = form.content_type();
    if form.is_json() {
        if call.params.is_set("pretty") {
            pieces = pieces.indented();
        }
        if let Some(name) = callback(&call.params)? {
            pieces = pieces.in_call(name);
            content_type = "text/javascript; charset=utf-8";
        }
    }
    let mut answer = Answer::new(content_type, Vec::new());
    let hash = || list.hash(&form.identity(&call.params), form == Form::ProtobufV3);
    answer.etag = call.is_reading().then(hash);
    caching.apply(&mut answer);
    if answer.is_known_to(call) {
        return Ok(answer);
    }
    let mut first = Vec::new();
    let has_more = pieces.write(&list, &mut first, WHOLE_BYTES_MAX);
    answer.body = first.into();
    answer.rest = has_more.then(|| Rest::new(pieces, list));
    Ok(answer)
}

/// The answer of a picture. `identity` is all that decides its bytes besides its type; `encode` is called only if the
/// caller does not have it yet.
///
/// # Errors
/// That of `encode`.
pub(super) fn drawn(
    call: &Call,
    content_type: &'static str,
    identity: &[u8],
    caching: &Caching,
    encode: impl FnOnce() -> Result<Vec<u8>, Fault>,
) -> Result<Answer, Fault> {
    let mut answer = Answer::new(content_type, Vec::new());
    answer.etag = call.is_reading().then(|| {
        let mut hasher = XxHash3_128::new();
        hasher.write(content_type.as_bytes());
        hasher.write(identity);
        hasher.finish_128()
    });
    caching.apply(&mut answer);
    if !answer.is_known_to(call) {
        answer.body = encode()?.into();
    }
    Ok(answer)
}

fn layout(
    form: Form,
    list: &dyn SeriesList,
    zone: TimeZone,
    skips_missing: bool,
) -> Result<Box<dyn Layout>, Fault> {
    Ok(match form {
        // A picture of nothing: whoever draws asks for the series themselves.
        Form::Json | Form::Picture(_) => Box::new(RenderJson::new(skips_missing)),
        Form::Csv => Box::new(Csv::new(zone)),
        Form::Raw => Box::new(Raw),
        Form::Pickle => Box::new(Pickle),
        Form::Msgpack => Box::new(Msgpack),
        Form::Dygraph => {
            let table = Dygraph::new(list).map_err(|fault| Fault::bad_request(format!("format: {fault}")))?;
            Box::new(table)
        }
        Form::Rickshaw => Box::new(Rickshaw),
        Form::ProtobufV2 { .. } => Box::new(ProtobufV2),
        Form::ProtobufV3 => Box::new(ProtobufV3),
    })
}
