//! Properties over random texts and trees: printing and parsing agree, and nothing panics.

use plumbago_protocol::Aggregation;
use plumbago_query::{
    Argument, Call, Expression, Number, Quoted, RenderRequest, Span, functions, parse, render,
};
use proptest::prelude::*;

use crate::memory::{Class, Memory};

fn path() -> impl Strategy<Value = Expression> {
    let node = prop_oneof![
        "[a-zA-Zü_*?-]{1,6}",
        "\\{[a-z]{1,3}(,[a-z]{1,3}){0,2}\\}",
        "\\[a-z\\]x",
        "x\\\\[(),=|]y"
    ];
    // A dot and a letter in front keep words and numbers apart from paths.
    prop::collection::vec(node, 1..4).prop_map(|nodes| Expression::Path(format!("p.{}", nodes.join("."))))
}

fn literal() -> impl Strategy<Value = Expression> {
    prop_oneof![
        any::<i64>().prop_map(|value| Expression::Number(Number::Integer(value))),
        any::<f64>()
            .prop_filter("NaN has no notation", |v| !v.is_nan())
            .prop_map(|v| Expression::Number(Number::Float(v))),
        any::<bool>().prop_map(Expression::Boolean),
        Just(Expression::None),
        Just(Expression::Infinity),
        ("[^'\"\\\\\n\r]{0,12}", prop_oneof![Just('"'), Just('\'')])
            .prop_map(|(text, quote)| Expression::Text(Quoted { text, quote })),
    ]
}

fn tree() -> impl Strategy<Value = Expression> {
    path().prop_recursive(6, 40, 4, |inner| {
        let value = prop_oneof![inner.clone(), literal()];
        let positional = prop::collection::vec(value.clone(), 1..3);
        let keywords = prop::collection::vec(("[a-z]{1,4}", value), 0..2);
        let call = ("[a-z]{3,8}", positional, keywords).prop_map(|(function, positional, keywords)| {
            let positional = positional.into_iter().map(|value| Argument { keyword: None, value });
            let keywords = keywords.into_iter().map(|(name, value)| Argument { keyword: Some(name), value });
            Call { function, arguments: positional.chain(keywords).collect(), span: Span::default() }
        });
        prop_oneof![
            call.clone().prop_map(Expression::Call),
            (inner, call).prop_map(|(input, call)| Expression::Pipe { input: Box::new(input), call }),
        ]
    })
}

/// A call of a real function with arguments that may or may not fit.
fn real_call() -> impl Strategy<Value = String> {
    let names: Vec<&'static str> = functions().map(|function| function.name).collect();
    let argument = prop_oneof![
        Just("a.*".to_owned()),
        Just("nomatch".to_owned()),
        (-3_i64..12).prop_map(|number| number.to_string()),
        (-2.0_f64..120.0).prop_map(|number| format!("{number:?}")),
        prop_oneof![
            Just("sum"),
            Just("sumSeries"),
            Just("5min"),
            Just("1h"),
            Just("max"),
            Just(">"),
            Just("-90s"),
            Just("x")
        ]
        .prop_map(|text| format!("\"{text}\"")),
        Just("true".to_owned()),
        Just("None".to_owned()),
        Just("inf".to_owned()),
    ];
    let call = (prop::sample::select(names), prop::collection::vec(argument, 0..4));
    let seed = Just("a.*".to_owned());
    seed.prop_recursive(3, 8, 2, move |inner| {
        (inner, call.clone()).prop_map(|(first, (name, rest))| {
            let arguments: Vec<String> = std::iter::once(first).chain(rest).collect();
            format!("{name}({})", arguments.join(","))
        })
    })
}

fn memory() -> Memory {
    let mut memory = Memory::default();
    for (name, step) in [("a.ramp", 60), ("a.gaps", 60), ("a.coarse", 90), ("a.huge", 60), ("a.one", 60)] {
        let class =
            Class { archives: vec![(step, 1_000_000)], aggregation: Aggregation::Sum, x_files_factor: 0.5 };
        let value = |at: i64| match name {
            "a.huge" => 1e300 * (at - 5) as f64,
            "a.gaps" if at % 3 == 0 => 0.0,
            _ => at as f64 - 7.5,
        };
        let kept = (0..30_i64)
            .filter(|at| name != "a.gaps" || at % 4 != 1)
            .filter(|at| name != "a.one" || *at == 20);
        let points: Vec<(i64, f64)> = kept.map(|at| (10_000 + at * step, value(at))).collect();
        memory.insert(name, class, &points);
    }
    memory
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_printed_parses_back(tree in tree()) {
        let text = tree.to_string();
        let parsed = parse(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(&parsed, &tree, "{}", text);
    }

    #[test]
    fn no_text_panics(text in "[a-z(){},.'\"\\\\| =$*\\[\\]0-9eE+;ü-]{0,40}") {
        if let Ok(tree) = parse(&text) {
            let printed = tree.to_string();
            prop_assert_eq!(parse(&printed).ok(), Some(tree), "{} printed as {}", text, printed);
        }
    }

    #[test]
    fn no_call_panics(expression in real_call()) {
        let mut request = RenderRequest::new(vec![expression.clone()], 10_000, 11_800, 12_000);
        request.limits.points_max = 200_000;
        for points in [None, Some(0), Some(1), Some(7)] {
            request.max_data_points = points;
            if let Err(error) = render(&memory(), &request) {
                let text = error.to_string();
                prop_assert!(!text.contains('\n'), "{}: {}", expression, text);
                prop_assert!(error.is_callers_fault(), "{}: {}", expression, text);
            }
        }
    }
}

#[test]
fn every_blank_ends_a_number_as_it_ends_a_path() {
    for blank in [" ", "\t", "\n", "\u{b}", "\u{c}", "\u{a0}"] {
        let spaced = parse(&format!("movingMedian(a.b,{blank}4.5{blank})")).expect("blanks do not matter");
        assert_eq!(spaced.to_string(), "movingMedian(a.b, 4.5)", "{blank:?}");
        assert!(
            matches!(&spaced, Expression::Call(call) if matches!(call.arguments[1].value, Expression::Number(_))),
            "{blank:?}"
        );
    }
}
