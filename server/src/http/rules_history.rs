//! Rules as code over HTTP: tests of rules, rules over history, two sets side by side, and history into the store.
//!
//! Invariant: nothing here changes what runs, and only a backfill stores anything. Whoever asks sends the texts; no file of
//! the server is read, and no variable of its environment. The work ends when its client goes, or its time is over.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;
use hyper::StatusCode;
use plumbago_alerting::{DryMessenger, Unread};
use plumbago_engine::Engine;
use plumbago_protocol::Aggregation;
use plumbago_rules::{Backtest, DerivedClass, FileError, Messenger, RuleError, RuleSet, load_tests};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json as value};

use super::App;
use super::answer::{Answer, Fault};
use super::call::Call;
use super::flow::{Flow, FlowCut, Pieces};
use crate::rule_history::{
    RuleTexts, Span, Telling, alerting_of, backfill as fill, backtested, class_of, compared, faults_line,
    load,
};

/// Seconds of history between two lines of progress.
const PROGRESS_SECS: i64 = 3600;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TestRequest {
    tests: RuleTexts,
    rules: RuleTexts,
    /// The text of an alerting file, instead of the server's own.
    alerting: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HistoryRequest {
    rules: RuleTexts,
    from: String,
    until: Option<String>,
    rule: Option<String>,
    alerting: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DifferenceRequest {
    old: RuleTexts,
    new: RuleTexts,
    from: String,
    until: Option<String>,
    alerting: Option<String>,
    /// What the new rules are run with, if that is another one.
    new_alerting: Option<String>,
}

/// `POST /api/v1/rules/test`: runs tests of rules.
pub(super) fn test(app: &App, call: &Call) -> Result<Answer, Fault> {
    let asked: TestRequest = read(call)?;
    let telling = telling(app, asked.alerting.as_deref())?;
    // Silences are of the server's own time.
    let mut messenger = |start_ms| -> Option<Box<dyn Messenger>> {
        let alerting = telling.as_ref()?.alerting.clone();
        Some(Box::new(DryMessenger::new(alerting, start_ms).ok()?))
    };
    let (mut files, mut failed, mut passed) = (Vec::new(), 0, 0);
    for (name, text) in &asked.tests {
        let tests = load_tests(name, text).map_err(|errors| faults(&errors))?;
        let mut wanted = BTreeMap::new();
        for file in &tests.rule_files {
            let Some(text) = asked.rules.get(file) else {
                return Err(Fault::bad_request(format!("{name}: rules holds no file {file:?}")));
            };
            wanted.insert(file.clone(), text.clone());
        }
        let rules = rules_of(&wanted)?;
        let reports = tests.run_with(&rules, &mut messenger, &mut || flow(call)).map_err(rule_fault)?;
        check_wanted(call)?;
        failed += reports.iter().filter(|report| !report.failures.is_empty()).count();
        passed += reports.iter().filter(|report| report.failures.is_empty()).count();
        files.push(value!({ "file": name, "tests": reports }));
    }
    success(&value!({ "passed": passed, "failed": failed, "files": files }))
}

/// `POST /api/v1/rules/backtest`: what rules would have made.
pub(super) fn backtest(app: &App, call: &Call) -> Result<Answer, Fault> {
    let asked: HistoryRequest = read(call)?;
    let rules = chosen(&asked)?;
    let span = span(app, &asked.from, asked.until.as_deref())?;
    let telling = telling(app, asked.alerting.as_deref())?;
    let account = with_backtest(app, span, &mut |backtest| {
        backtested(backtest, &rules, telling.as_ref(), &mut |_| flow(call))
    });
    let account = account.map_err(rule_fault)?;
    check_wanted(call)?;
    success(&serde_json::to_value(account).map_err(|error| Fault::internal(error.to_string()))?)
}

/// `POST /api/v1/rules/diff`: what new rules would have made otherwise than old ones.
pub(super) fn difference(app: &App, call: &Call) -> Result<Answer, Fault> {
    let asked: DifferenceRequest = read(call)?;
    let (old, new) = (rules_of(&asked.old)?, rules_of(&asked.new)?);
    let span = span(app, &asked.from, asked.until.as_deref())?;
    let old_telling = telling(app, asked.alerting.as_deref())?;
    let new_telling = telling(app, asked.new_alerting.as_deref().or(asked.alerting.as_deref()))?;
    let telling = old_telling.as_ref().zip(new_telling.as_ref());
    let found = with_backtest(app, span, &mut |backtest| {
        compared(backtest, (&old, &new), telling, &mut |_| flow(call))
    });
    let found = found.map_err(rule_fault)?;
    check_wanted(call)?;
    success(&serde_json::to_value(found).map_err(|error| Fault::internal(error.to_string()))?)
}

/// `POST /api/v1/rules/backfill`: computes what `record` rules would have made, and stores it. The answer is a line of JSON
/// for each hour of history or so, `{"at": …, "points": …}`, and a last one with `"done"`.
pub(super) fn backfill(app: &Arc<App>, call: &Call) -> Result<(Answer, Flow), Fault> {
    let asked: HistoryRequest = read(call)?;
    if asked.alerting.is_some() {
        return Err(Fault::bad_request("alerting: a backfill makes no alarms, and notifies nobody"));
    }
    let rules = chosen(&asked)?;
    let span = span(app, &asked.from, asked.until.as_deref())?;
    let place = app.places.take()?;
    let (pieces, flow) = Flow::new();
    let app = Arc::clone(app);
    tokio::task::spawn_blocking(move || {
        let _place = place;
        run_backfill(&app, span, &rules, &pieces);
    });
    Ok((Answer::new("application/x-ndjson", Bytes::new()), flow))
}

fn run_backfill(app: &App, span: Span, rules: &RuleSet, pieces: &Pieces) {
    let send = |line: &Value| pieces.blocking_send(Ok(Bytes::from(format!("{line}\n"))));
    let mut told = span.from_secs;
    let mut progress = |at_secs: i64, points: u64| {
        if app.health.is_stopping() {
            return ControlFlow::Break(());
        }
        if at_secs < told.saturating_add(PROGRESS_SECS) {
            return ControlFlow::Continue(());
        }
        told = at_secs;
        match send(&value!({ "at": at_secs, "points": points })) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_gone) => ControlFlow::Break(()),
        }
    };
    let mut writer = app.engine.writer();
    let outcome = with_backtest(app, span, &mut |backtest| fill(backtest, rules, &mut writer, &mut progress));
    match outcome {
        Ok(done) if !app.health.is_stopping() => {
            tracing::info!("{} derived points of {} series were filled in", done.points, done.series);
            // Nobody may be there to be told.
            let _ = send(&value!({ "done": done }));
        }
        Ok(_) => _ = pieces.blocking_send(Err(FlowCut("the server stops".to_owned()))),
        Err(message) => {
            tracing::warn!("a backfill was cut off: {message}");
            let _ = send(&value!({ "error": message }));
        }
    }
}

/// Makes what runs rules over this server's history.
fn with_backtest<T>(app: &App, span: Span, run: &mut dyn FnMut(&Backtest<'_>) -> T) -> T {
    let source = app.source();
    let class_of = |name: &str| derived_class(&app.engine, name);
    run(&Backtest {
        source: &source,
        from_secs: span.from_secs,
        until_secs: span.until_secs,
        now_secs: app.clock.now(),
        external_url: "",
        events: &*app.events,
        class_of: &class_of,
    })
}

fn derived_class(engine: &Engine, name: &str) -> DerivedClass {
    let unknown = DerivedClass { step_secs: 1, aggregation: Aggregation::Average, x_files_factor: 0.5 };
    engine.policy_for(name).map_or(unknown, |policy| class_of(&policy))
}

fn read<T: DeserializeOwned>(call: &Call) -> Result<T, Fault> {
    serde_json::from_slice(&call.body)
        .map_err(|error| Fault::bad_request(format!("the request's body: {error}")))
}

fn chosen(asked: &HistoryRequest) -> Result<RuleSet, Fault> {
    let rules = rules_of(&asked.rules)?;
    let Some(name) = &asked.rule else { return Ok(rules) };
    let only = rules.only(name);
    if only.groups.is_empty() {
        return Err(Fault::bad_request(format!("rule: there is no rule {name:?} in these files")));
    }
    Ok(only)
}

fn rules_of(texts: &RuleTexts) -> Result<RuleSet, Fault> {
    load(texts).map_err(|errors| faults(&errors))
}

fn span(app: &App, from: &str, until: Option<&str>) -> Result<Span, Fault> {
    let zone = app.settings.query.get().time_zone.clone();
    Span::read(from, until.unwrap_or("now"), app.clock.now(), &zone).map_err(Fault::bad_request)
}

/// Whom to tell: by a file that is sent along, or by the server's own, if it has one; with the silences that the server
/// knows.
fn telling(app: &App, text: Option<&str>) -> Result<Option<Telling>, Fault> {
    let (alerting, source) = match text {
        Some(text) => {
            (alerting_of("alerting", text, &Unread).map_err(|errors| faults(&errors))?, "the file sent along")
        }
        None => (app.alarms.alerting(), "the server's own file"),
    };
    if text.is_none() && alerting.receivers.values().all(|receiver| receiver.integrations.is_empty()) {
        return Ok(None);
    }
    let silences = app.alarms.read(|notifier| notifier.silences().cloned().collect());
    Ok(Some(Telling { alerting, source: source.to_owned(), silences }))
}

fn faults(errors: &[FileError]) -> Fault {
    Fault::bad_request(faults_line(errors))
}

fn rule_fault(error: RuleError) -> Fault {
    let status = if error.is_fault { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST };
    Fault::new(status, error.message)
}

fn flow(call: &Call) -> ControlFlow<()> {
    if call.cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// What was broken off is no answer.
fn check_wanted(call: &Call) -> Result<(), Fault> {
    call.cancel.check().map_err(super::query_fault)
}

fn success(data: &Value) -> Result<Answer, Fault> {
    Ok(Answer::json(value!({ "status": "success", "data": data }).to_string()))
}
