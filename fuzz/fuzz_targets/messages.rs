//! Protobuf requests: any bytes are read or refused, with texts no longer than they are; and any text is indented, a byte
//! at a time as at once.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plumbago_protocol::encode::{Indent, fetch_requests_v3, glob_request_v3};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(requests) = fetch_requests_v3(bytes) {
        let texts: usize = requests.iter().map(|one| one.name.len() + one.path_expression.len()).sum();
        assert!(texts <= bytes.len());
    }
    if let Ok(request) = glob_request_v3(bytes) {
        assert!(request.queries.iter().map(String::len).sum::<usize>() <= bytes.len());
    }
    // Indentation grows with depth: a short text is enough to try it.
    let text = &bytes[..bytes.len().min(512)];
    let (mut whole, mut pieces) = (Vec::new(), Vec::new());
    Indent::default().write(text, &mut whole);
    let mut indent = Indent::default();
    text.iter().for_each(|byte| indent.write(&[*byte], &mut pieces));
    assert_eq!(whole, pieces);
});
