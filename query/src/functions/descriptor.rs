//! What a function declares about itself, known before any data is read.
//!
//! Invariant: descriptors are static, and the planner trusts nothing else: an argument reaches an evaluator only after it
//! was checked against its parameter here.

use std::borrow::Cow;

use crate::error::QueryError;
use crate::locality::{Locality, LookbackHook};
use crate::run::{Invocation, Output};

use super::example::Example;
use super::shared::Grouping;

/// A function of the query language.
pub struct Descriptor {
    /// The name to call it by.
    pub name: &'static str,
    /// Other names for the same function, known to graphite-web.
    pub aliases: &'static [&'static str],
    /// Further names that only carbonapi has for it.
    pub carbonapi_names: &'static [&'static str],
    /// Where the function comes from.
    pub origin: Origin,
    /// The group it is listed in.
    pub group: Group,
    /// Its parameters, in order; only the last one may be `multiple`.
    pub parameters: &'static [Parameter],
    /// What it does, in one line.
    pub help: &'static str,
    /// Series, a call over them and its answer, as [`Descriptor::example`] reads them.
    pub(super) example: &'static str,
    /// Whether `groupByNode` and its kin accept this function's name as their callback.
    pub aggregator: bool,
    /// Whether the result is a list of lists, which only `reduceSeries` takes.
    pub returns_groups: bool,
    /// The function itself.
    pub(crate) evaluate: Evaluate,
    /// The aggregation that it is over all series of all arguments, if it is nothing else.
    pub(crate) total: Option<&'static str>,
    /// The aggregation that it is over groups of its series, if it is nothing else, from its checked arguments.
    pub(crate) grouping: Option<GroupingHook>,
    /// Whether it changes what later calls of the request see: then targets run one after the other.
    pub(crate) is_ordered: bool,
    /// What else of the first argument will be read, where that is known beforehand.
    pub(crate) window: Option<WindowHook>,
    /// Whether of the first argument, over the range itself, it wants to know no more than when there are values.
    pub(crate) only_times: bool,
    /// What a slot of the result depends on; everything, unless it says otherwise.
    pub(crate) locality: Locality,
}

/// Where a function comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// graphite-web has it, and its meaning is graphite-web's.
    Graphite,
    /// carbonapi has it, and graphite-web does not.
    Carbonapi,
    /// It is Plumbago's own.
    Plumbago,
}

impl Origin {
    /// All of them.
    pub const ALL: [Origin; 3] = [Origin::Graphite, Origin::Carbonapi, Origin::Plumbago];

    /// The project's name.
    pub const fn name(self) -> &'static str {
        match self {
            Origin::Graphite => "graphite-web",
            Origin::Carbonapi => "carbonapi",
            Origin::Plumbago => "Plumbago",
        }
    }
}

/// A function over evaluated arguments.
pub(crate) type Evaluate = fn(&mut Invocation<'_, '_>) -> Result<Output, QueryError>;

/// Seconds by which the function moves the start of the first argument's range back, from its checked arguments.
/// `None` if that depends on the data.
pub(crate) type WindowHook = fn(&crate::plan::Arguments) -> Option<crate::plan::Shift>;

/// How series are grouped, and the aggregation of each group. `None` if it needs all series of a group at once.
pub(crate) type GroupingHook = fn(&crate::plan::Arguments) -> Option<(Grouping, Cow<'static, str>)>;

/// A parameter of a function.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// The name, also used for keyword arguments.
    pub name: &'static str,
    /// What it accepts.
    pub kind: Kind,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it takes all remaining arguments.
    pub multiple: bool,
    /// Whether a string parameter takes numbers too.
    pub numbers: bool,
    /// Whether it cannot be given as a keyword argument.
    pub positional_only: bool,
    /// What it is when not given.
    pub default: Default,
    /// The only values it accepts; empty if there is no such list.
    pub options: &'static [&'static str],
    /// Accepted as well, though clients that know graphite-web's list do not expect it there.
    pub further_options: &'static [&'static str],
    /// Whether graphite-web's function of the same name lacks it. It is given as a keyword only, and lists for clients that
    /// know graphite-web leave it out.
    pub beyond_graphite: bool,
}

/// What a parameter accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the function list that clients know")]
pub enum Kind {
    AggFunc,
    AggOrSeriesFunc,
    Any,
    Boolean,
    Date,
    Float,
    Integer,
    IntOrInf,
    Interval,
    IntOrInterval,
    Node,
    NodeOrTag,
    SeriesList,
    SeriesLists,
    Text,
    Tag,
}

impl Kind {
    /// The name in the list of functions that clients read.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::AggFunc => "aggFunc",
            Kind::AggOrSeriesFunc => "aggOrSeriesFunc",
            Kind::Any => "any",
            Kind::Boolean => "boolean",
            Kind::Date => "date",
            Kind::Float => "float",
            Kind::Integer => "integer",
            Kind::IntOrInf => "intOrInf",
            Kind::Interval => "interval",
            Kind::IntOrInterval => "intOrInterval",
            Kind::Node => "node",
            Kind::NodeOrTag => "nodeOrTag",
            Kind::SeriesList => "seriesList",
            Kind::SeriesLists => "seriesLists",
            Kind::Text => "string",
            Kind::Tag => "tag",
        }
    }
}

/// A parameter's value when it is not given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Default {
    /// Not given means not there.
    Absent,
    /// `true` or `false`.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A number.
    Number(f64),
    /// An integer that the function puts in itself, since it shows whether one was given.
    Implied(i64),
    /// Positive infinity.
    Infinity,
    /// A string.
    Text(&'static str),
}

/// Groups under which functions are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Group {
    Alias,
    Calculate,
    Combine,
    FilterData,
    FilterSeries,
    Graph,
    Sorting,
    Special,
    Transform,
}

impl Group {
    /// The group's name in the list of functions.
    pub const fn name(self) -> &'static str {
        match self {
            Group::Alias => "Alias",
            Group::Calculate => "Calculate",
            Group::Combine => "Combine",
            Group::FilterData => "Filter Data",
            Group::FilterSeries => "Filter Series",
            Group::Graph => "Graph",
            Group::Sorting => "Sorting",
            Group::Special => "Special",
            Group::Transform => "Transform",
        }
    }
}

/// The parameter that nearly every function begins with.
pub(crate) const SERIES_LIST: Parameter = Parameter::required("seriesList", Kind::SeriesList);

impl Parameter {
    /// A parameter that must be given.
    pub(crate) const fn required(name: &'static str, kind: Kind) -> Parameter {
        Parameter {
            name,
            kind,
            required: true,
            multiple: false,
            numbers: false,
            positional_only: false,
            default: Default::Absent,
            options: &[],
            further_options: &[],
            beyond_graphite: false,
        }
    }

    /// A parameter that may be left out.
    pub(crate) const fn optional(name: &'static str, kind: Kind, default: Default) -> Parameter {
        Parameter {
            name,
            kind,
            required: false,
            multiple: false,
            numbers: false,
            positional_only: false,
            default,
            options: &[],
            further_options: &[],
            beyond_graphite: false,
        }
    }

    /// The same parameter, taking all remaining arguments.
    pub(crate) const fn many(self) -> Parameter {
        Parameter { multiple: true, ..self }
    }

    /// The same string parameter, accepting numbers too.
    pub(crate) const fn or_number(self) -> Parameter {
        Parameter { numbers: true, ..self }
    }

    /// The same parameter, refused as a keyword argument (clients know it under a name that never worked).
    pub(crate) const fn positional_only(self) -> Parameter {
        Parameter { positional_only: true, ..self }
    }

    /// The same parameter, accepting only these values.
    pub(crate) const fn one_of(self, options: &'static [&'static str]) -> Parameter {
        Parameter { options, ..self }
    }

    /// The same parameter, which graphite-web's function of this name does not have.
    pub(crate) const fn beyond_graphite(self) -> Parameter {
        Parameter { beyond_graphite: true, ..self }
    }

    /// The same parameter with options that are accepted but not listed.
    pub(crate) const fn or(self, further_options: &'static [&'static str]) -> Parameter {
        Parameter { further_options, ..self }
    }
}

impl Descriptor {
    /// Every name to call it by, its own first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let further = self.aliases.iter().chain(self.carbonapi_names).copied();
        std::iter::once(self.name).chain(further)
    }

    /// The names that came from one project: a function of graphite-web may have further ones of carbonapi.
    pub fn names_of(&self, origin: Origin) -> impl Iterator<Item = &'static str> + use<> {
        let own: &[&str] = if self.origin == origin { self.aliases } else { &[] };
        let further: &[&str] = if origin == Origin::Carbonapi { self.carbonapi_names } else { &[] };
        let first = (self.origin == origin).then_some(self.name);
        first.into_iter().chain(own.iter().copied()).chain(further.iter().copied())
    }

    /// The example, which holds: a test runs it.
    ///
    /// # Errors
    /// What is wrong with its text, which a test rules out.
    pub fn example(&self) -> Result<Example, String> {
        Example::parse(self.example)
    }

    /// A descriptor with the usual rest: no aliases, no window, not an aggregator.
    pub(crate) const fn new(
        name: &'static str,
        group: Group,
        parameters: &'static [Parameter],
        evaluate: Evaluate,
    ) -> Descriptor {
        Descriptor {
            name,
            aliases: &[],
            carbonapi_names: &[],
            origin: Origin::Graphite,
            group,
            parameters,
            help: "",
            example: "",
            aggregator: false,
            returns_groups: false,
            evaluate,
            total: None,
            grouping: None,
            is_ordered: false,
            window: None,
            only_times: false,
            locality: Locality::Whole,
        }
    }

    pub(crate) const fn help(self, help: &'static str, example: &'static str) -> Descriptor {
        Descriptor { help, example, ..self }
    }

    pub(crate) const fn aliased(self, aliases: &'static [&'static str]) -> Descriptor {
        Descriptor { aliases, ..self }
    }

    pub(crate) const fn known_to_carbonapi_as(self, carbonapi_names: &'static [&'static str]) -> Descriptor {
        Descriptor { carbonapi_names, ..self }
    }

    pub(crate) const fn from(self, origin: Origin) -> Descriptor {
        Descriptor { origin, ..self }
    }

    pub(crate) const fn aggregates(self) -> Descriptor {
        Descriptor { aggregator: true, ..self }
    }

    pub(crate) const fn totals(self, function: &'static str) -> Descriptor {
        Descriptor { total: Some(function), ..self }
    }

    pub(crate) const fn groups_by(self, grouping: GroupingHook) -> Descriptor {
        Descriptor { grouping: Some(grouping), ..self }
    }

    pub(crate) const fn in_order(self) -> Descriptor {
        Descriptor { is_ordered: true, ..self }
    }

    pub(crate) const fn groups(self) -> Descriptor {
        Descriptor { returns_groups: true, ..self }
    }

    pub(crate) const fn widens(self, window: WindowHook) -> Descriptor {
        Descriptor { window: Some(window), ..self }
    }

    /// Of the first argument, over the range itself, the function takes no more than [`Invocation::take_times`]: its values
    /// come from another range.
    ///
    /// [`Invocation::take_times`]: crate::run::Invocation::take_times
    pub(crate) const fn takes_times(self) -> Descriptor {
        Descriptor { only_times: true, ..self }
    }

    /// The function makes each slot of the same slot of its arguments.
    pub(crate) const fn slot_by_slot(self) -> Descriptor {
        Descriptor { locality: Locality::Slot, ..self }
    }

    /// The function makes each slot of that slot and some before it.
    pub(crate) const fn looks_back(self, hook: LookbackHook) -> Descriptor {
        Descriptor { locality: Locality::Back(hook), ..self }
    }
}

impl std::fmt::Debug for Descriptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Descriptor")
            .field("name", &self.name)
            .field("group", &self.group)
            .finish_non_exhaustive()
    }
}
