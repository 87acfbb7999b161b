"""Literal arguments: for each function and parameter a pool of plausible and of extreme ones.

A pool belongs to `function.parameter`, else to the parameter's name, else to its type. Entries are written as they
stand in an expression.
"""

INTEGERS = ["0", "1", "2", "3", "5", "10", "-1", "-2", '"2"', "100"]
FLOATS = ["0", "1", "2", "-1", "0.5", "-2.75", "10", "100", "1e3", "-1e-3", "1e300", "1e-300", "123456789.125", '"2.5"', "0.1"]
INTERVALS = ['"1min"', '"5min"', '"90s"', '"10min"', '"1h"', '"7min"', '"20s"', '"1d"', '"1hour"', '"3600s"', '"13s"']
NEGATIVE_INTERVALS = ['"-1h"', '"-5min"', '"1d"', '"+10min"', '"90s"', '"-0s"', '"1w"']
NODES = ["0", "1", "2", "3", "-1", "-2", "7"]
REDUCERS = [
    f'"{name}"'
    for name in (
        "average avg avg_zero count current diff last max median min multiply range rangeOf stddev sum total".split()
        + ["sumSeries", "maxSeries", "averageSeries"]
    )
]
SEARCHES = [
    r'"cpu"', r'"(web)\d+"', r'"^fast\."', r'"db-01"', r'"[a-c]+"', r'"(.)\.(.)"', r'"x*"', r'"\.user$"', r'"\d"', r'"(?i)CACHE"',
]
REPLACEMENTS = [r'"x"', r'"\1"', '""', r'"<\1>"', r'"a.b"', r'"\g<0>!"']
COLOURS = ['"red"', '"ff0000"', '"blue"']
PERCENTS = ["50", "95", "99.9", "1", "0", "100", "33.3", "-5", "120"]
FACTORS = ["0", "0.5", "1", "0.25", "0.9", "0.01", "-1", "2"]
TIMES = ['"-30min"', '"-1h"', '"-10min"', '"-2h"', '"-90s"', '"midnight"', '"noon yesterday"', '"now"', '"-1d"']

POOLS = {
    # By type.
    "aggFunc": REDUCERS,
    "aggOrSeriesFunc": REDUCERS + ['"asPercent"'],
    "boolean": ["true", "false", "True", "0", "1", '"true"'],
    "date": TIMES,
    "float": FLOATS,
    "intOrInf": ["0", "1", "2", "5", "inf", "-1", "100"],
    "intOrInterval": ["1", "2", "3", "5", "10", "60", *INTERVALS],
    "integer": INTEGERS,
    "interval": INTERVALS,
    "node": NODES,
    "nodeOrTag": NODES + ['"name"', '"dc"', '"host"', '"nosuch"', '"1"'],
    "string": ['"x"', '"a b"', '""', "'q'", '"ü"', '"a.b"', '"%"'],
    # By name.
    "n": ["0", "1", "2", "3", "5", "100", "-1"],
    "xFilesFactor": FACTORS,
    "func": REDUCERS,
    "search": SEARCHES,
    "replace": REPLACEMENTS,
    "color": COLOURS,
    "bootstrapInterval": ['"10min"', '"1h"', '"30min"', '"1d"'],
    "seasonality": ['"10min"', '"1h"', '"5min"', '"1d"'],
    # By function and parameter.
    "alias.newName": ['"x"', '"a b"', '""', "'q'", '"ü"', '"a.b"', '"f(x,1)"', '"a;b=c"'],
    "aliasQuery.search": [r'"^(.*)$"', r'"fast\.(.*)"', r'"nosuch"'],
    "aliasQuery.replace": [r'"\1"', r'"slow.\1"'],
    "aliasQuery.newName": ['"v %d"', '"%g"', '"x"', '"%.2f of"'],
    "applyByNode.templateFunction": ['"sumSeries(%.cpu.user)"', '"%.*.*"', '"scale(%.load,2)"', '"movingAverage(%.*.*, 3)"', '"summarize(%.*.*,\'5min\')"'],
    "applyByNode.newName": ['"%"', '"%.total"', '"x"'],
    "cactiStyle.system": ['"si"', '"binary"', "None"],
    "cactiStyle.units": ['"b"', '"Bps"'],
    "consolidateBy.consolidationFunc": [f'"{name}"' for name in "sum average avg min max first last avg_zero".split()],
    # Without 0, for which graphite-web has no points.
    "delay.steps": ["1", "2", "5", "-1", "-3", "100"],
    "exclude.pattern": SEARCHES,
    "grep.pattern": SEARCHES,
    "groupByNode.callback": REDUCERS + ['"averageSeries"', '"countSeries"', '"stddevSeries"'],
    "hitcount.intervalString": INTERVALS,
    "identity.name": ['"x"', '"a.b"', '"The.time"'],
    "integralByInterval.intervalUnit": INTERVALS,
    "legendValue.valuesTypes": REDUCERS + ['"si"', '"binary"'],
    "limit.n": ["0", "1", "2", "5", "-1", "100"],
    "linearRegression.startSourceAt": ["None", *TIMES],
    "linearRegression.endSourceAt": ["None", *TIMES],
    "log.base": ["10", "2", "3", "7"],
    "nPercentile.n": PERCENTS,
    "averageOutsidePercentile.n": PERCENTS,
    "percentileOfSeries.n": PERCENTS,
    "removeAbovePercentile.n": PERCENTS,
    "removeBelowPercentile.n": PERCENTS,
    "removeBetweenPercentile.n": PERCENTS,
    "pow.factor": ["0", "1", "2", "0.5", "-1", "3", "-0.5", "100"],
    "round.precision": ["0", "1", "2", "-1", "5", "-3", "15"],
    "scaleToSeconds.seconds": ["1", "60", "0.5", "3600", "7"],
    "sin.amplitude": ["1", "2", "-3"],
    "sin.step": ["60", "7", "10", "600"],
    "sinFunction.amplitude": ["1", "2", "-3"],
    "sinFunction.step": ["60", "7", "10", "600"],
    "smartSummarize.alignTo": ['"days"', '"hours"', '"minutes"', '"seconds"', '"weeks"', '"months"', '"years"', "None"],
    "stacked.stack": ['"x"', '""'],
    "stdev.points": ["1", "2", "3", "5", "20"],
    "stdev.windowTolerance": ["0.1", "0", "0.5", "1", "0.9"],
    "time.step": ["60", "7", "10", "600"],
    "timeFunction.step": ["60", "7", "10", "600"],
    "timeShift.timeShift": NEGATIVE_INTERVALS,
    "timeStack.timeShiftUnit": ['"10min"', '"1h"', '"1d"', '"-30min"', '"5min"'],
    "timeStack.timeShiftStart": ["0", "1", "-1"],
    "timeStack.timeShiftEnd": ["1", "2", "3"],
    "useSeriesAbove.search": ['"user"', '"cpu.user"', r'"cpu\.(.*)"'],
    "useSeriesAbove.replace": ['"system"', '"mem.used"', r'"disk.\1"'],
    "holtWintersAberration.delta": ["1", "2", "3", "0"],
    "holtWintersConfidenceArea.delta": ["1", "2", "3", "0"],
    "holtWintersConfidenceBands.delta": ["1", "2", "3", "0"],
}

# Arguments that no parameter of the type takes, or that are taken by accident.
WRONG = ['"bogus"', "None", "1.5", "-5", '"5m"', "inf", "true", '""', "fast.web1.load"]


def pool(function, parameter):
    """The literals for a parameter, as graphite-web declares it."""
    keys = f"{function}.{parameter['name']}", parameter["name"], parameter["type"]
    found = next((POOLS[key] for key in keys if POOLS.get(key)), None)
    return found or [f'"{option}"' for option in parameter.get("options", [])] or POOLS["string"]
