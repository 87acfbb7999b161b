"""Where graphite-web and Plumbago differ on purpose: each with its exact condition and its reason.

docs/differences.md tells users of each. A condition sees the request and both answers and is as narrow as the
difference is, so that it never excuses a fault: a crash counts by its message and the function that it comes from, a
refusal of ours by what it says.
"""
import re

PERCENTILES = {
    "averageOutsidePercentile", "nPercentile", "percentileOfSeries", "removeAbovePercentile",
    "removeBelowPercentile", "removeBetweenPercentile",
}
HOLT_WINTERS = {
    "holtWintersAberration", "holtWintersConfidenceArea", "holtWintersConfidenceBands", "holtWintersForecast",
}
# Besides these, every function that is told to use "stddev".
STANDARD_DEVIATION = {"mostDeviant", "stddevSeries", "stdev"}

# What graphite-web's crash says, which of these functions the request calls, and what it is about.
CRASHES = [
    (
        r"IndexError: list index out of range|KeyError: 'holtWinters",
        HOLT_WINTERS,
        "Holt-Winters where the wider range has another step or other series",
    ),
    (r"IndexError: list index out of range", PERCENTILES, "a percentile below 0 or above 100"),
    (r"OverflowError: cannot convert float infinity to integer", PERCENTILES, "an infinite percentile"),
    (r"TypeError: '<' not supported between instances of '(NoneType|float)'", PERCENTILES, "percentiles over missing values"),
    (r"OverflowError: math range error", {"exp", "sigmoid"}, "exp beyond a double"),
    (r"OverflowError: \(34, 'Numerical result out of range'\)", STANDARD_DEVIATION, "a square beyond a double"),
    (
        r"TypeError: '[<>]' not supported between instances of 'NoneType' and 'float'",
        {"nonNegativeDerivative", "perSecond"},
        "a bound for a counter with gaps",
    ),
    (
        r"TypeError: '>' not supported between instances of 'NoneType'",
        {"useSeriesAbove"},
        "useSeriesAbove over a series without values",
    ),
    (
        r"(?s)Exception: All requests failed.*Invalid interval start=",
        {"linearRegression"},
        "a range to fit that ends before it starts",
    ),
    (r"ParseException", {"applyByNode"}, "a path that begins with a dot, made by applyByNode"),
]


def wrong_argument(request, theirs, ours):
    """Ours names the very parameter that the request gets wrong; theirs goes on with whatever it is."""
    error = ours.get("error", "")
    return any(f": {call.name}: the parameter {call.wrong} " in error for call in request.calls() if call.wrong)


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
    ("a wrong argument makes graphite-web crash", crash_on_wrong_argument),
    ("a wrong argument is refused before it is known that there are no series", early_refusal),
    ("maxDataPoints drops more points than there are: graphite-web crashes", fewer_points_than_dropped),
    *((f"crash: {about}", crash(message, functions)) for message, functions, about in CRASHES),
]


def excuse(request, theirs, ours):
    """The reason why these answers may differ, or None."""
    return next((reason for reason, holds in DIFFERENCES if holds(request, theirs, ours)), None)
