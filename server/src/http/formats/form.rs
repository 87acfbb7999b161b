//! The formats of `/render` by their names.

use super::super::answer::Fault;
use super::super::call::Call;
use super::super::params::Params;

/// What series are answered as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Csv,
    Raw,
    Pickle,
    Msgpack,
    Dygraph,
    Rickshaw,
    /// carbonapi's second dialect; the older names of it have a type of their own.
    ProtobufV2 {
        is_older_name: bool,
    },
    ProtobufV3,
    Picture(PictureKind),
}

/// What a picture is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PictureKind {
    Png,
    Svg,
    Pdf,
}

/// The type of carbonapi's third dialect; who accepts nothing but this asks in it, too.
pub(crate) const PROTOBUF_V3_TYPE: &str = "application/x-carbonapi-v3-pb";

impl Form {
    /// What a request asks for: `format`, else the older `rawData` and `pickle`, else JSON.
    ///
    /// # Errors
    /// A kind of graph that there is not.
    pub(crate) fn of(call: &Call) -> Result<Form, Fault> {
        let form = match call.params.last_filled("format") {
            _ if call.is_protobuf_v3() => Form::ProtobufV3,
            Some(name) => Form::named(name),
            None if call.params.last("rawData").is_some() => Form::Raw,
            None if call.params.last("pickle").is_some() => Form::Pickle,
            None => Form::Json,
        };
        match (call.params.last_filled("graphType"), form) {
            (None | Some("line"), form) => Ok(form),
            // A pie is drawn, whatever else is asked for.
            (Some("pie"), Form::Picture(kind)) => Ok(Form::Picture(kind)),
            (Some("pie"), _) => Ok(Form::Picture(PictureKind::Png)),
            (Some(other), _) => {
                Err(Fault::bad_request(format!("graphType: expected line or pie, found {other:?}")))
            }
        }
    }

    /// The format of a name; as in graphite-web, any other one is a picture's.
    fn named(name: &str) -> Form {
        match name {
            "json" => Form::Json,
            "csv" => Form::Csv,
            "raw" => Form::Raw,
            "pickle" => Form::Pickle,
            "msgpack" => Form::Msgpack,
            "dygraph" => Form::Dygraph,
            "rickshaw" => Form::Rickshaw,
            "carbonapi_v2_pb" => Form::ProtobufV2 { is_older_name: false },
            "protobuf" | "protobuf3" => Form::ProtobufV2 { is_older_name: true },
            "carbonapi_v3_pb" => Form::ProtobufV3,
            "svg" => Form::Picture(PictureKind::Svg),
            "pdf" => Form::Picture(PictureKind::Pdf),
            _ => Form::Picture(PictureKind::Png),
        }
    }

    /// The value of `Content-Type`.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Form::Json | Form::Dygraph | Form::Rickshaw => "application/json",
            Form::Csv => "text/csv; charset=utf-8",
            Form::Raw => "text/plain; charset=utf-8",
            Form::Pickle => "application/pickle",
            Form::Msgpack => "application/x-msgpack",
            Form::ProtobufV2 { is_older_name: true } => "application/x-protobuf",
            Form::ProtobufV2 { is_older_name: false } => "application/x-carbonapi-v2-pb",
            Form::ProtobufV3 => PROTOBUF_V3_TYPE,
            Form::Picture(PictureKind::Png) => "image/png",
            Form::Picture(PictureKind::Svg) => "image/svg+xml",
            Form::Picture(PictureKind::Pdf) => "application/x-pdf",
        }
    }

    /// Whether it is JSON, which can be indented and handed to a script's function.
    pub(crate) fn is_json(self) -> bool {
        matches!(self, Form::Json | Form::Dygraph | Form::Rickshaw)
    }

    /// All that decides the bytes of an answer besides its series.
    pub(super) fn identity(self, params: &Params) -> String {
        let of = |name: &str| params.last(name).unwrap_or_default().to_owned();
        format!("{self:?} {:?}", ["tz", "pretty", "jsonp", "noNullPoints"].map(of))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::call;
    use super::*;

    fn form(query: &str) -> Result<Form, String> {
        Form::of(&call("/render", query)).map_err(|fault| fault.message)
    }

    #[test]
    fn formats_have_names() {
        for (query, expected) in [
            ("", Form::Json),
            ("format=csv&rawData=1", Form::Csv),
            ("rawData=", Form::Raw),
            ("pickle=1", Form::Pickle),
            ("format=protobuf3", Form::ProtobufV2 { is_older_name: true }),
            ("format=carbonapi_v3_pb", Form::ProtobufV3),
            ("format=svg&graphType=pie", Form::Picture(PictureKind::Svg)),
            ("format=json&graphType=pie", Form::Picture(PictureKind::Png)),
            ("format=raw&graphType=line", Form::Raw),
        ] {
            assert_eq!(form(query), Ok(expected), "{query}");
        }
        assert_eq!(form("format=xml"), Ok(Form::Picture(PictureKind::Png)));
        assert!(form("graphType=bar").unwrap_err().contains("graphType"));
    }
}
