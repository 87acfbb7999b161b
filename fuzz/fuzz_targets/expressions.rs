//! Any text parses or is refused with a column; what parses prints to text that parses to the same tree; and it runs
//! over a few odd series without harm, within its limits.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use plumbago_protocol::{Aggregation, Glob, TagExpression};
use plumbago_query::{FetchRequest, FetchedSeries, Node, Reading, RenderRequest, Source, SourceError, parse, render};

fuzz_target!(|input: &str| run(input));

/// Small enough that no single input takes long.
const POINTS_MAX: usize = 100_000;

/// A few times what so many points take.
const MEMORY_BYTES_MAX: usize = 4_000_000;

fn run(text: &str) {
    match parse(text) {
        Ok(tree) => {
            let printed = tree.to_string();
            assert_eq!(parse(&printed).as_ref(), Ok(&tree), "{printed}");
        }
        Err(error) => assert!(error.column >= 1 && !error.to_string().contains('\n')),
    }
    let mut request = RenderRequest::new(vec![text.to_owned()], 10_000, 11_800, 12_000);
    request.limits.points_max = POINTS_MAX;
    request.limits.series_max = 1_000;
    request.limits.memory_max = MEMORY_BYTES_MAX;
    request.max_data_points = Some(7);
    match render(&Odd, &request) {
        Ok(series) => assert!(series.iter().all(|one| one.step >= 1)),
        Err(error) => assert!(error.is_callers_fault() && !error.to_string().contains('\n'), "{error}"),
    }
}

/// A store in which every selection finds the same few series.
struct Odd;

impl Source for Odd {
    fn find(&self, _: &Glob) -> Result<Vec<Node>, SourceError> {
        Ok(Vec::new())
    }

    fn select(&self, request: &FetchRequest) -> Result<Box<dyn Reading>, SourceError> {
        let series = |name: &str, step: i64, value: fn(i64) -> f64| {
            let start = request.from - request.from.rem_euclid(step) + step;
            let count = ((request.until - start) / step + 1).clamp(0, 200);
            FetchedSeries {
                name: Arc::from(name),
                start,
                step,
                values: (0..count).map(value).collect(),
                aggregation: Aggregation::Average,
                x_files_factor: 0.5,
                facts: None,
            }
        };
        Ok(Box::new(vec![
            series("a.b", 60, |at| at as f64 - 7.5),
            series("a.c;d=e", 45, |at| if at % 3 == 1 { f64::NAN } else { 1e300 * at as f64 }),
            series("scale(a.d,2)", 7, |_| f64::NAN),
            series("x", 60, |at| f64::from(u8::from(at % 5 == 0))),
        ]))
    }

    fn tags(&self, _: &[TagExpression]) -> Result<Vec<Arc<str>>, SourceError> {
        Ok(Vec::new())
    }

    fn tag_values(&self, _: &str, _: &[TagExpression]) -> Result<Vec<(Arc<str>, usize)>, SourceError> {
        Ok(Vec::new())
    }

    fn series_by_tag(&self, _: &[TagExpression]) -> Result<Vec<Arc<str>>, SourceError> {
        Ok(Vec::new())
    }
}
