//! In which format a front end wants an answer that holds no series.

use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::formats::PROTOBUF_V3_TYPE;

/// The formats of these answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Json,
    ProtobufV2,
    ProtobufV3,
}

impl Dialect {
    /// What the request asks for: JSON unless it says otherwise.
    pub(super) fn of(call: &Call) -> Result<Dialect, Fault> {
        if call.is_protobuf_v3() {
            return Ok(Dialect::ProtobufV3);
        }
        match call.params.last_filled("format").unwrap_or("json") {
            "json" => Ok(Dialect::Json),
            "carbonapi_v2_pb" | "protobuf" | "protobuf3" => Ok(Dialect::ProtobufV2),
            other => {
                let expected = "json, carbonapi_v2_pb (protobuf, protobuf3) or carbonapi_v3_pb";
                Err(Fault::bad_request(format!("format: expected {expected}, found {other:?}")))
            }
        }
    }

    /// An answer of these bytes, which are a message.
    pub(super) fn message(self, bytes: Vec<u8>) -> Answer {
        let content_type = match self {
            Dialect::ProtobufV3 => PROTOBUF_V3_TYPE,
            _ => "application/x-protobuf",
        };
        Answer::new(content_type, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::call;
    use super::*;

    #[test]
    fn names_are_those_of_carbonserver() {
        let dialect = |query: &str| Dialect::of(&call("/info", query)).map_err(|fault| fault.message);
        assert_eq!(dialect(""), Ok(Dialect::Json));
        assert_eq!(dialect("format=protobuf3"), Ok(Dialect::ProtobufV2));
        assert_eq!(dialect("format=carbonapi_v3_pb"), Ok(Dialect::ProtobufV3));
        assert!(dialect("format=pickle").unwrap_err().contains("format: expected json"));
    }
}
