//! Every cap on what Plumbago accepts from outside, in one place.
//!
//! Owns numbers only. Each cap exists so that no input, however hostile, can make one request cost more memory or
//! time than an operator would expect. The code that enforces a cap names it; nothing else repeats its value.

mod alarms;

pub use alarms::*;

// Names and tags.

/// Longest metric name in bytes, in its canonical form, tags included.
pub const NAME_BYTES_MAX: usize = 4096;

/// Longest metric name in bytes as received. The canonical form can be shorter than what a sender wrote, so that
/// a longer one is worth reading; beyond this it is refused unread.
pub const NAME_RECEIVED_BYTES_MAX: usize = 2 * NAME_BYTES_MAX;

/// Most tags on one series.
pub const TAGS_PER_SERIES_MAX: usize = 256;

// Ingest: plaintext lines.

/// Longest plaintext line in bytes, without its line end.
pub const LINE_BYTES_MAX: usize = NAME_RECEIVED_BYTES_MAX + 256;

/// Largest UDP datagram in bytes that is read.
pub const DATAGRAM_BYTES_MAX: usize = 65_535;

/// How much of a refused line is kept for an operator to look at, in bytes.
pub const REFUSED_TEXT_BYTES_MAX: usize = 256;

/// How many refused lines are kept for each reason.
pub const REFUSED_KEPT_PER_REASON_MAX: usize = 16;

// Ingest: pickle frames.

/// Largest pickle frame in bytes unless configured otherwise.
pub const PICKLE_FRAME_BYTES_DEFAULT: usize = 1 << 20;

/// Largest pickle frame in bytes that can be configured.
pub const PICKLE_FRAME_BYTES_MAX: usize = 64 << 20;

/// Most points in one pickle frame.
pub const PICKLE_ITEMS_MAX: usize = 1 << 21;

/// Most values on the pickle machine's stack.
pub const PICKLE_STACK_MAX: usize = 1 << 22;

/// Most values in the tuples and lists of one pickle.
pub const PICKLE_VALUES_MAX: usize = 1 << 23;

/// Most entries in a pickle's memo.
pub const PICKLE_MEMO_MAX: usize = 1 << 23;

/// How far a pickle's memo may be numbered ahead of its entries. Real picklers number them from 0 or 1.
pub const PICKLE_MEMO_GAP_MAX: usize = 1024;

/// Most marks open at once in a pickle. A list of points needs two or three.
pub const PICKLE_MARKS_MAX: usize = 64;

/// Longest text of a number in a pickle, in bytes.
pub const PICKLE_NUMBER_BYTES_MAX: usize = 512;

// Timestamps.

/// How far in the future a point's timestamp may lie unless configured otherwise, in seconds.
pub const FUTURE_SECONDS_DEFAULT: i64 = 86_400;

/// Largest timestamp in seconds: the last second of the year 9999.
pub const TIMESTAMP_SECONDS_MAX: i64 = 253_402_300_799;

/// Smallest time that an expression such as `-100y` may lead to, in seconds: the first second of the year 1.
pub const TIME_SECONDS_MIN: i64 = -62_135_596_800;

/// Longest at-style time or interval in bytes.
pub const AT_TIME_BYTES_MAX: usize = 128;

/// Longest interval in seconds, in either direction: a little more than 30,000 years.
pub const INTERVAL_SECONDS_MAX: i64 = 1_000_000_000_000;

/// Longest name of a time zone in bytes.
pub const TIME_ZONE_BYTES_MAX: usize = 64;

// Globs and tag expressions.

/// Longest glob in bytes.
pub const GLOB_BYTES_MAX: usize = NAME_RECEIVED_BYTES_MAX;

/// Most alternatives that the braces of one glob may expand to.
pub const GLOB_ALTERNATIVES_MAX: usize = 4096;

/// Most elements (characters, wildcards, classes) in the expansion of one glob.
pub const GLOB_PARTS_MAX: usize = 1 << 18;

/// Deepest nesting of braces in a glob.
pub const GLOB_NESTING_MAX: usize = 16;

/// Longest tag expression in bytes.
pub const TAG_EXPRESSION_BYTES_MAX: usize = NAME_BYTES_MAX;

/// Most tag expressions in one query.
pub const TAG_EXPRESSIONS_MAX: usize = 256;

/// Longest regular expression in bytes.
pub const REGEX_BYTES_MAX: usize = 2048;

/// Most steps back that one match of a regular expression may take.
pub const REGEX_BACKTRACK_MAX: usize = 100_000;

/// Largest compiled regular expression in bytes.
pub const REGEX_COMPILED_BYTES_MAX: usize = 4 << 20;

// Retention.

/// Most archives that one series can have.
pub const ARCHIVES_PER_SERIES_MAX: usize = 16;

// Cardinality.

/// Most rules that limit the number of series.
pub const CARDINALITY_RULES_MAX: usize = 256;

/// Longest name of such a rule, in bytes.
pub const CARDINALITY_RULE_NAME_BYTES_MAX: usize = 64;

/// Most prefixes that one answer about the owners of series lists, of each kind.
pub const CARDINALITY_TOP_MAX: usize = 10_000;

/// Most nodes of such a prefix.
pub const CARDINALITY_DEPTH_MAX: usize = 64;

// Who may do what.

/// Most tokens, and most users, that can be configured.
pub const CREDENTIALS_MAX: usize = 1000;

/// Longest name of a token or a user in bytes.
pub const CREDENTIAL_NAME_BYTES_MAX: usize = 128;

/// Shortest token in bytes: 128 bits in the densest usual spelling. A digest of less could be guessed.
pub const TOKEN_BYTES_MIN: usize = 22;

/// Longest token in bytes.
pub const TOKEN_BYTES_MAX: usize = 4096;

/// Least cost of a password's hash: 2^cost rounds.
pub const PASSWORD_HASH_COST_MIN: u32 = 4;

/// Greatest cost of a password's hash: about a second of work a login.
pub const PASSWORD_HASH_COST_MAX: u32 = 14;

/// Longest password in bytes: bcrypt reads no more.
pub const PASSWORD_BYTES_MAX: usize = 72;

/// Logins that are remembered, of those that passed and of those that failed.
pub const LOGINS_REMEMBERED_MAX: usize = 1024;

/// Password hashes that are computed at once.
pub const PASSWORD_CHECKS_MAX: usize = 2;

/// Logins that may wait for the hash of their password.
pub const PASSWORD_CHECKS_WAITING_MAX: usize = 64;

/// Most networks in one `allow_from` list.
pub const ALLOWED_NETWORKS_MAX: usize = 1000;

/// Most names of the server, and most origins of pages that may use it.
pub const HTTP_NAMES_MAX: usize = 1000;

// TLS.

/// Largest file of certificates or keys in bytes.
pub const CERTIFICATE_FILE_BYTES_MAX: u64 = 1 << 20;

/// TLS handshakes under way at once; further connections wait for their turn.
pub const TLS_HANDSHAKES_MAX: usize = 512;

// HTTP and queries.

/// Most queries at once that can be configured.
pub const QUERIES_RUNNING_MAX: usize = 1024;

/// Most queries that can be configured to wait.
pub const QUERIES_WAITING_MAX: usize = 100_000;

/// Longest request id in bytes that is taken over from a caller.
pub const REQUEST_ID_BYTES_MAX: usize = 64;

/// Longest request target (path and query string) in bytes; the HTTP library can hold a few hundred more.
pub const URL_BYTES_MAX: usize = 65_000;

/// Longest name of an HTTP method in bytes.
pub const METHOD_BYTES_MAX: usize = 32;

/// Most header lines of one request.
pub const HEADER_LINES_MAX: usize = 100;

/// Most bytes of all header lines of one request.
pub const HEADER_BYTES_MAX: usize = 64 << 10;

/// Largest request body in bytes.
pub const BODY_BYTES_MAX: usize = 8 << 20;

/// Most parameters in one request, query string and form together.
pub const PARAMETERS_MAX: usize = 16_384;

/// Most targets in one render request.
pub const TARGETS_MAX: usize = 4096;

/// Longest target expression in bytes.
pub const TARGET_BYTES_MAX: usize = 256 << 10;

/// Deepest nesting of calls in a target expression.
pub const QUERY_NESTING_MAX: usize = 128;

/// Most arguments of one call in a target expression.
pub const QUERY_ARGUMENTS_MAX: usize = 4096;

/// Highest degree of a polynomial that is fitted to a series: beyond it, rounding decides the answer.
pub const POLYNOMIAL_DEGREE_MAX: usize = 12;

/// Most series that one request may fetch.
pub const QUERY_SERIES_MAX: usize = 1_000_000;

/// Most points that one request may fetch, missing ones included.
pub const QUERY_POINTS_MAX: usize = 500_000_000;

/// Most bytes that the columns of one request may take.
pub const QUERY_MEMORY_BYTES_MAX: usize = 64 << 30;

/// Most steps that one call of a function may take whose work grows faster than its series, such as one that looks at
/// every window of them: about a minute.
pub const QUERY_STEPS_MAX: usize = 1 << 35;

/// Most evaluations of a sub-expression in one request. Functions that read another range evaluate their argument
/// again, so that nested ones multiply.
pub const QUERY_EVALUATIONS_MAX: usize = 100_000;

// Pictures.

/// Largest width and height of a picture in pixels.
pub const PICTURE_SIDE_PIXELS_MAX: u32 = 8192;

/// Largest area of a picture in pixels, each of which takes four bytes while it is drawn.
pub const PICTURE_AREA_PIXELS_MAX: u32 = 16 << 20;

/// Most series in one picture.
pub const PICTURE_SERIES_MAX: usize = 2000;

/// Most points that are drawn in one picture; beyond, neighbouring points are joined.
pub const PICTURE_POINTS_MAX: usize = 400_000;

/// Most pixels that the lines of one picture run over, wide and dashed ones counted as more; beyond, dashes are left out and
/// neighbouring points are joined. It bounds the time that drawing takes.
pub const PICTURE_INK_PIXELS_MAX: f64 = 20_000_000.0;

/// Most slices of a pie.
pub const PICTURE_SLICES_MAX: usize = 2000;

/// Longest title of a picture or its axes, in characters.
pub const PICTURE_TITLE_CHARACTERS_MAX: usize = 1000;

/// Most lines of a title.
pub const PICTURE_TITLE_LINES_MAX: usize = 16;

/// Longest name in a picture, in characters; of a longer one, both ends are shown.
pub const PICTURE_NAME_CHARACTERS_MAX: usize = 300;

/// Longest format of the times along a picture, in bytes.
pub const PICTURE_FORMAT_BYTES_MAX: usize = 64;

/// Most colours in a list of them.
pub const PICTURE_COLORS_MAX: usize = 1000;

/// Largest font of a picture in pixels.
pub const PICTURE_FONT_PIXELS_MAX: u32 = 200;

/// Largest width of a line, and longest dash, in pixels.
pub const PICTURE_LINE_PIXELS_MAX: f64 = 200.0;

/// Most parts that the space between two lines of the grid is divided into.
pub const PICTURE_MINOR_LINES_MAX: u32 = 20;

/// Largest value that is drawn where it is; of two larger ones, the difference may be no number.
pub const PICTURE_VALUE_MAX: f64 = 1e300;

/// Most cells of a table in which series of different steps share their rows: most of them are empty.
pub const DYGRAPH_CELLS_MAX: usize = 20_000_000;

/// Longest that `cacheTimeout` can ask an answer to be kept, in seconds: a year.
pub const CACHE_SECONDS_MAX: i64 = 366 * 86_400;

/// Longest name of a script's function that an answer is to be handed to (`jsonp`), in bytes.
pub const CALLBACK_BYTES_MAX: usize = 64;

/// Most values, texts and messages in one protobuf request.
pub const PROTOBUF_FIELDS_MAX: usize = 65_536;

// Rules.

/// Largest file of rules in bytes.
pub const RULE_FILE_BYTES_MAX: usize = 4 << 20;

/// Deepest nesting of lists and mappings in a file of rules.
pub const RULE_FILE_DEPTH_MAX: usize = 32;

/// Most values in a file of rules, aliases counted as often as they are used.
pub const RULE_FILE_NODES_MAX: usize = 200_000;

/// Most rules in all files.
pub const RULES_MAX: usize = 20_000;

/// Most faults that are told of a file, and of all of them.
pub const RULE_ERRORS_MAX: usize = 200;

/// Longest name of a group of rules in bytes.
pub const RULE_GROUP_NAME_BYTES_MAX: usize = 256;

/// Longest interval, window or patience of a rule in seconds: a leap year.
pub const RULE_SPAN_SECONDS_MAX: i64 = 366 * 86_400;

/// Longest delay after a slot's end that a rule may ask for, in milliseconds: a day.
pub const RULE_DELAY_MS_MAX: i64 = 86_400_000;

/// Most results of one evaluation of a rule unless it says otherwise.
pub const RULE_RESULTS_DEFAULT: usize = 10_000;

/// Most results of one evaluation that a rule may ask for.
pub const RULE_RESULTS_MAX: usize = 1_000_000;

/// Longest template in bytes.
pub const TEMPLATE_BYTES_MAX: usize = 64 << 10;

/// Most words, signs and texts in one `{{ … }}` or `{% … %}` of a template: compiling takes stack for each of them.
pub const TEMPLATE_CODE_TOKENS_MAX: usize = 400;

/// Most `{% … %}` in a template, for the same reason.
pub const TEMPLATE_STATEMENTS_MAX: usize = 200;

/// Longest text that a template renders to, in bytes.
pub const TEMPLATE_OUTPUT_BYTES_MAX: usize = 64 << 10;

/// Most work of one rendering, in the template engine's units: an instruction, or 64 bytes.
pub const TEMPLATE_FUEL_MAX: u64 = 50_000;

/// Deepest nesting of loops and calls in a rendering.
pub const TEMPLATE_NESTING_MAX: usize = 32;

/// Most digits of a width in a template's `printf`.
pub const TEMPLATE_WIDTH_DIGITS_MAX: usize = 3;

/// Most series that one event rule watches at a time.
pub const RULE_WATCHED_MAX: usize = 100_000;

/// Most values, missing ones included, that the series of one file of tests are written out to.
pub const RULE_TEST_VALUES_MAX: usize = 5_000_000;

/// Most points that one set of rules may make where two of them are compared.
pub const RULE_DIFFERENCE_POINTS_MAX: usize = 10_000_000;

/// Events and alarms, together, that rules which run over history may make where all of them are kept: to be compared, or
/// for rules that count events. One takes about 750 bytes.
pub const RULE_HISTORY_EVENTS_MAX: usize = 500_000;

/// Most events that an alert rule counts at one moment.
pub const EVENTS_COUNTED_MAX: usize = 100_000;

/// Most steps among the results of one rule.
pub const RULE_STEPS_MAX: usize = 64;

// carbon's rules.

/// Largest of carbon's rule files in bytes.
pub const CARBON_FILE_BYTES_MAX: usize = 16 << 20;

/// Most rules in one of carbon's aggregation, rewrite, black- or whitelist files.
pub const CARBON_RULES_MAX: usize = 10_000;

/// Longest replacement of a rewrite rule, and longest output of an aggregation rule, in bytes as written.
pub const CARBON_TEMPLATE_BYTES_MAX: usize = NAME_BYTES_MAX;

/// Longest frequency of an aggregation rule in seconds.
pub const AGGREGATION_FREQUENCY_SECONDS_MAX: i64 = 31_536_000;

/// Most buckets that are open at once, over all aggregates.
pub const AGGREGATION_BUCKETS_MAX: usize = 4_000_000;

/// Most values kept at once for percentiles, over all aggregates.
pub const AGGREGATION_VALUES_MAX: usize = 32_000_000;

/// Names whose decisions each ingest thread remembers, at least; it forgets those that were not asked for longest once
/// there are twice as many.
pub const CARBON_DECISIONS_MAX: usize = 250_000;

/// Most rule files in a folder.
pub const RULE_FILES_MAX: usize = 10_000;

/// Series whose late points wait to have derived points computed again.
pub const RULE_LATE_SERIES_MAX: usize = 100_000;

// Events.

/// Longest title of an event in bytes.
pub const EVENT_TITLE_BYTES_MAX: usize = 1024;

/// Longest text of an event in bytes.
pub const EVENT_TEXT_BYTES_MAX: usize = 64 << 10;

/// Most tags of an event.
pub const EVENT_TAGS_MAX: usize = 64;

/// Longest tag, kind, or key of an event in bytes.
pub const EVENT_WORD_BYTES_MAX: usize = 256;

/// Most events that one is made of.
pub const EVENT_PARENTS_MAX: usize = 1024;

/// Largest body in bytes that holds events, and longest line of an import.
pub const EVENT_BODY_BYTES_MAX: usize = 1 << 20;

/// Most events in one body; an import has no such limit.
pub const EVENTS_PER_BODY_MAX: usize = 1000;

/// Deepest nesting of lists and objects in such a body.
pub const EVENT_BODY_NESTING_MAX: usize = 32;

/// Longest search for events in bytes.
pub const EVENT_SEARCH_BYTES_MAX: usize = 4096;

/// Most terms of a search for events.
pub const EVENT_SEARCH_TERMS_MAX: usize = 64;

/// Most events on one page of a list.
pub const EVENTS_PER_PAGE_MAX: usize = 1000;

/// Most streams of events at once.
pub const EVENT_STREAMS_MAX: usize = 256;

/// Most events that are kept; beyond, the oldest expire.
pub const EVENTS_KEPT_MAX: u64 = 10_000_000;

/// How long an event is kept, in seconds.
pub const EVENT_RETENTION_SECONDS: i64 = 366 * 86_400;
