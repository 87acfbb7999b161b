//! `/_internal/capabilities`: which protocols we speak, asked by a carbonapi that is to find it out by itself.

use super::super::App;
use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::format::json;
use super::dialect::Dialect;
use plumbago_protocol::encode::{Capabilities, capabilities_v3};
use serde_json::json as value;

/// The best one first.
const PROTOCOLS: &[&str] =
    &["carbonapi_v3_pb", "carbonapi_v2_pb", "graphite-web-pickle", "graphite-web-pickle-1.1", "msgpack"];

/// `/_internal/capabilities`
pub(in super::super) fn capabilities(app: &App, call: &Call) -> Result<Answer, Fault> {
    match Dialect::of(call)? {
        Dialect::Json => {
            let body = value!({
                "supportedProtocols": PROTOCOLS,
                "name": app.host,
                "highPrecisionTimestamps": false,
                "supportFilteringFunctions": false,
                "likeSplittedRequests": true,
                "supportStreaming": false,
            });
            json(&call.params, &body)
        }
        dialect => {
            let mut bytes = Vec::new();
            capabilities_v3(&mut bytes, &Capabilities { protocols: PROTOCOLS, name: &app.host });
            Ok(dialect.message(bytes))
        }
    }
}
