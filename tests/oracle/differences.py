"""Where graphite-web and Plumbago differ on purpose: each with its exact condition and its reason.

docs/differences.md tells users of each. A condition sees the request and both answers and is as narrow as the
difference is, so that it never excuses a fault: a crash counts by its message and the function that it comes from, a
refusal of ours by what it says.
"""
import re

from oracle.compare import first_difference

PERCENTILES = {
    "averageOutsidePercentile", "nPercentile", "percentileOfSeries", "removeAbovePercentile",
    "removeBelowPercentile", "removeBetweenPercentile",
}
HOLT_WINTERS = {
    "holtWintersAberration", "holtWintersConfidenceArea", "holtWintersConfidenceBands", "holtWintersForecast",
}
NODES = {
    "aliasByNode", "aliasByTags", "asPercent", "groupByNode", "groupByNodes", "groupByTags", "pct", "weightedAverage",
}
# Besides these, every function that is told to use "stddev".
STANDARD_DEVIATION = {"mostDeviant", "stddevSeries", "stdev"}

# What graphite-web's crash says, which of these functions the request calls, and what it is about.
CRASHES = [
    (
        r"IndexError: list index out of range|KeyError: ['\"]holtWinters",
        HOLT_WINTERS,
        "Holt-Winters where the wider range has another step or other series",
    ),
    (r"IndexError: list index out of range", PERCENTILES, "a percentile below 0 or above 100"),
    (r"OverflowError: cannot convert float infinity to integer", PERCENTILES, "an infinite percentile"),
    (
        r"OverflowError: cannot convert float infinity to integer",
        {"cactiStyle", "legendValue"},
        "an infinite value in a name",
    ),
    (
        r"TypeError: '<' not supported between instances of '(NoneType|float)'",
        PERCENTILES,
        "percentiles over missing values",
    ),
    (r"OverflowError: math range error", {"exp", "sigmoid"}, "exp beyond a double"),
    (r"OverflowError: \(34, 'Numerical result out of range'\)", STANDARD_DEVIATION, "a square beyond a double"),
    (
        r"TypeError: '[<>]' not supported between instances of 'NoneType' and 'float'",
        {"nonNegativeDerivative", "perSecond"},
        "a bound for a counter with gaps",
    ),
    (
        r"TypeError: '>' not supported between instances of '(NoneType|float|int)' and '(NoneType|float|int)'",
        {"useSeriesAbove"},
        "useSeriesAbove over a series without values",
    ),
    (
        r"ValueError: max\(\) arg is an empty sequence",
        {"useSeriesAbove"},
        "useSeriesAbove over a series without points",
    ),
    (
        r"TypeError: ('float' object cannot be interpreted as an integer|slice indices must be integers)",
        {"verticalLine"},
        "a vertical line, whose step is a double, in another function",
    ),
    (
        r"(?s)Exception: All requests failed.*Invalid interval start=",
        {"linearRegression"},
        "a range to fit that ends before it starts",
    ),
    (r"IndexError: string index out of range", NODES, "nodes of an empty name"),
    (r"IndexError: list index out of range", {"hitcount"}, "hitcount of the three points of a constant line"),
    (r"ZeroDivisionError: float division by zero", {"linearRegression"}, "a line through points at one moment"),
    (r"TypeError: reduce\(\) of empty", {"multiply", "multiplySeries"}, "the product of a series without points"),
    (
        r"UnboundLocalError: cannot access local variable 'start'",
        {"asPercent", "pct"},
        "asPercent by nodes of a total that has no series",
    ),
    (
        r"(TypeError|AttributeError): .*NoneType",
        {"verticalLine"},
        "a vertical line without a label in another function",
    ),
    (
        r"TypeError: must be real number, not list",
        {"aliasQuery"},
        "a number such as 1e+06 in a name that is read again",
    ),
    (r"ParseException", {"applyByNode"}, "a path that begins with a dot, made by applyByNode"),
]


def wrong_argument(request, theirs, ours):
    """Ours names the very parameter that the request gets wrong; theirs goes on with whatever it is."""
    named = re.search(r": \w+: the parameter (\w+) ", ours.get("error", ""))
    return named is not None and named[1] in {call.wrong for call in request.calls()}


def infinite_name(request, theirs, ours):
    """`alias(x, inf)`: a number to graphite-web, which JSON cannot write."""
    names = [(one["target"], other["target"]) for one, other in zip(theirs.get("series", []), ours.get("series", []))]
    differing = [pair for pair in names if pair[0] != pair[1]]
    return bool(differing) and all(pair == (float("inf"), "inf") for pair in differing)


def shared_tags(request, theirs, ours):
    """Both series of an area have one set of tags, so that what a later function enters for the one shows at both."""
    if theirs["status"] != 200 or ours["status"] != 200:
        return False
    untagged = [{**answer, "series": [{**one, "tags": {}} for one in answer["series"]]} for answer in (theirs, ours)]
    areas = any(call.name in ("areaBetween", "holtWintersConfidenceArea") for call in request.calls())
    return areas and first_difference(*untagged) is None


def crash_on_wrong_argument(request, theirs, ours):
    return theirs["status"] == 500 and any(call.wrong for call in request.calls())


EARLY_REFUSALS = re.compile(
    r'the replacement ".*" refers to group \d+, the pattern has'
    r"|: the percentile must be above 0$"
    r"|: \"\w+Series\" is no aggregation function$"
)


def early_refusal(request, theirs, ours):
    """Ours is refused although nothing was found; with series, graphite-web fails as well."""
    nothing = len(request.targets) > 1 or theirs.get("series") == []
    return nothing and EARLY_REFUSALS.search(ours.get("error", "")) is not None


def fewer_points_than_dropped(request, theirs, ours):
    return theirs.get("error") == "IndexError: list assignment index out of range" and any(
        key == "maxDataPoints" for key, _ in request.parameters
    )


def one_point_of_nothing(request, theirs, ours):
    return theirs.get("error") == "ValueError: range() arg 3 must not be zero" and (
        ("maxDataPoints", "1") in request.parameters
    )


def integer_zero(request, theirs, ours):
    """Python's integer 0 stands for what is missing, and then among doubles, as names and tags show."""
    puts_zero = any(call.name in ("exponentialMovingAverage", "transformNull") for call in request.calls())
    return puts_zero and first_difference(with_fractions(theirs), with_fractions(ours)) is None


def with_fractions(answer):
    """The answer with every zero in names and tags written as a double is."""
    if answer["status"] != 200:
        return answer
    shown = [
        {
            "target": with_fraction(one["target"]),
            "tags": {key: with_fraction(value) for key, value in one["tags"].items()},
            "datapoints": one["datapoints"],
        }
        for one in answer["series"]
    ]
    return {"status": 200, "series": shown}


def with_fraction(text):
    return re.sub(r"(?<![\w.])0(?![\w.])", "0.0", str(text))


def not_a_number(request, theirs, ours):
    """Python carries the difference of two infinities on as a value, and adds it up; here it is a missing one."""
    named = any(re.search(r"\bnan\b", str(one["target"])) for one in theirs.get("series", []))
    return named or theirs.get("not_a_number", False)


def empty_node(request, theirs, ours):
    """A call in a name, such as `f(a., 1)`, is none to graphite-web, and its nodes those of the function's name."""
    return theirs.get("empty_node", False) and any(call.name in NODES for call in request.calls())


def signed_exponent(request, theirs, ours):
    """`1e+06` as the first argument in a name, such as `scale(1e+06,2)`, is a path to graphite-web, whose nodes count."""
    return theirs.get("signed_exponent", False) and any(call.name in NODES for call in request.calls())


def crash(message, functions):
    def holds(request, theirs, ours):
        return (
            theirs["status"] == 500
            and re.match(message, theirs["error"]) is not None
            and any(call.name in functions or is_told(call, functions) for call in request.calls())
        )

    return holds


def is_told(call, functions):
    """Whether an argument of the call names one of these functions, or what they compute."""
    words = functions | ({"stddev"} if functions is STANDARD_DEVIATION else set())
    texts = [value for _, value in call.arguments if isinstance(value, str)]
    return any(word in text for word in words for text in texts)


DIFFERENCES = [
    ("a wrong argument is refused", wrong_argument),
    ("an infinite number as a name is text", infinite_name),
    ("the two series of an area share their tags", shared_tags),
    ("a wrong argument makes graphite-web crash", crash_on_wrong_argument),
    ("a wrong argument is refused before it is known that there are no series", early_refusal),
    ("maxDataPoints drops more points than there are: graphite-web crashes", fewer_points_than_dropped),
    ("maxDataPoints=1 with a series without points: graphite-web crashes", one_point_of_nothing),
    ("arithmetic with infinite values: what is no number is a missing value", not_a_number),
    ("empty nodes of a path are dropped, also where a name holds a call", empty_node),
    ("a number such as 1e+06 in a name, where nodes are counted", signed_exponent),
    ("a zero without its fraction in a name or tag", integer_zero),
    *((f"crash: {about}", crash(message, functions)) for message, functions, about in CRASHES),
]


def excuse(request, theirs, ours):
    """The reason why these answers may differ, or None."""
    return next((reason for reason, holds in DIFFERENCES if holds(request, theirs, ours)), None)
