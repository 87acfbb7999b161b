//! The command line: every command's arguments, and the commands that need neither sockets nor an engine.
//!
//! Exit codes: 0 done, 1 failed, 2 wrongly called (given by the parser). Commands write to the writers they
//! are handed, so that tests read what a person would.

mod alarms;
mod alerting;
mod arguments;
mod check_config;
mod clock;
mod events;
mod outcome;
mod rules;
mod settings;
mod silence;
mod spelling;
mod which;

pub(crate) use alarms::{
    AlarmsAckArgs, AlarmsArgs, AlarmsCommand, AlarmsHistoryArgs, AlarmsListArgs, AlarmsLogArgs,
};
pub(crate) use alerting::{
    AlertingArgs, AlertingCheckArgs, AlertingCommand, AlertingRouteArgs, AlertingSendTestArgs,
};
pub(crate) use arguments::{
    CardinalityArgs, CardinalityOrder, Cli, Command, CompactArgs, DeleteArgs, QueryArgs, RenameArgs,
    ServeArgs, SnapshotArgs, StaleArgs, StoreChoice, VerifyArgs,
};
pub(crate) use check_config::check_config;
pub(crate) use clock::ClockChoice;
pub(crate) use events::{EventsArgs, EventsCommand, EventsPostArgs, EventsSearchArgs, EventsTailArgs};
pub(crate) use outcome::Outcome;
pub(crate) use rules::{
    RulesArgs, RulesBackfillArgs, RulesBacktestArgs, RulesCheckArgs, RulesCommand, RulesDiffArgs,
    RulesStoreArgs, RulesTestArgs,
};
pub(crate) use silence::{SilenceAddArgs, SilenceArgs, SilenceCommand, SilenceExpireArgs, SilenceQueryArgs};
pub(crate) use spelling::count;
pub(crate) use which::which;
