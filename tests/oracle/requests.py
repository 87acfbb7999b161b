"""Random render requests: one to three typed expression trees over the data, a range, and the other parameters.

A request follows from its seed and number alone.
"""
import random

from oracle.data import HOSTS, LEAVES, SCHEMAS, TAG_VALUES, moment
from oracle.literals import WRONG, pool
from oracle.tree import Call, Path, Template

DEPTH_MAX = 4
SERIES = ("seriesList", "seriesLists")

# Functions that are not asked for.
LEFT_OUT = {
    "events": "reads a database of events, which Plumbago does not have",
    "randomWalk": "random",
    "randomWalkFunction": "random",
    # Written as part of other trees.
    "seriesByTag": "stands for a path",
    "map": "only inside of reduce",
    "mapSeries": "only inside of reduceSeries",
}
# Read a range of their own, so graphite-web evaluates their first argument a second time.
REFETCHING = {
    "aliasQuery", "applyByNode", "exponentialMovingAverage", "hitcount", "holtWintersAberration",
    "holtWintersConfidenceArea", "holtWintersConfidenceBands", "holtWintersForecast", "linearRegression",
    "movingAverage", "movingMax", "movingMedian", "movingMin", "movingSum", "movingWindow", "smartSummarize",
    "timeShift", "timeStack", "useSeriesAbove",
}
TIME_ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Nowhere/None"]
# In graphite-web these mix the request's zone with the server's.
ZONE_BLIND = {
    "sin", "sinFunction", "time", "timeFunction", "timeSlice", "linearRegression", "integralByInterval", "verticalLine",
}


class Request:
    """Targets as trees, `now`, and the other parameters as pairs."""

    def __init__(self, targets, now, parameters):
        self.targets, self.now, self.parameters = targets, now, parameters

    def calls(self):
        return [call for target in self.targets for call in target.calls()]

    def form(self, write):
        """The parameters as they are sent; `write` makes text of a tree."""
        targets = [("target", write(target)) for target in self.targets]
        return [*targets, ("now", str(self.now)), ("format", "json"), ("noCache", "1"), *self.parameters]

    def smaller(self):
        """Requests with one thing less."""
        for at in range(len(self.targets)):
            if len(self.targets) > 1:
                yield Request([self.targets[at]], self.now, self.parameters)
        for at, (key, _) in enumerate(self.parameters):
            if key not in ("from", "until"):
                yield Request(self.targets, self.now, self.parameters[:at] + self.parameters[at + 1 :])
        for at, target in enumerate(self.targets):
            for tree in target.smaller():
                yield Request([*self.targets[:at], tree, *self.targets[at + 1 :]], self.now, self.parameters)


class Generator:
    """Makes the requests of one seed from the functions that graphite-web declares."""

    def __init__(self, seed, functions):
        self.seed = seed
        self.now = moment(seed)
        self.functions = {name: functions[name] for name in sorted(functions) if name not in LEFT_OUT}

    def request(self, number):
        rng = random.Random(f"{self.seed}/{number}")
        # Every function in turn stands at the top of the first target; the rest is chance.
        names = list(self.functions)
        first = self.call(rng, names[number % len(names)], rng.randrange(DEPTH_MAX))
        more = [self.tree(rng, rng.randrange(DEPTH_MAX)) for _ in range(rng.choice([0, 0, 0, 0, 1, 2]))]
        if rng.random() < 0.03:
            more.append(self.template(rng))
        targets = [first, *more]
        # Never earlier: whisper may then show what it only has not overwritten yet.
        now = self.now + rng.choice([0] * 9 + [rng.randrange(3600)])
        request = Request(targets, now, [])
        zones = TIME_ZONES if not any(call.name in ZONE_BLIND for call in request.calls()) else []
        request.parameters = self.range(rng, now) + self.options(rng, zones)
        return request

    def tree(self, rng, depth):
        if depth == 0:
            return self.path(rng)
        return self.call(rng, rng.choice(list(self.functions)), depth - 1)

    def template(self, rng):
        schema = rng.choice(SCHEMAS)[0]
        tree = Path(f"{schema}.$host.*.*")
        for _ in range(rng.randrange(3)):
            name = rng.choice(["scale", "movingAverage", "summarize", "timeShift"])
            literal = {"scale": "2", "movingAverage": "3"}.get(name, '"10min"')
            tree = Call(name, [(None, tree), (None, literal)])
        return Template(tree, rng.choice(HOSTS))

    def call(self, rng, name, depth):
        parameters = self.functions[name]
        if name in ("reduce", "reduceSeries"):
            return self.reduce(rng, name, depth)
        arguments = []
        keywords = False
        for position, parameter in enumerate(parameters):
            if not parameter.get("required") and rng.random() < 0.5:
                if parameter.get("multiple"):
                    break
                # What follows can only be said by name.
                keywords = True
                continue
            repeats = rng.randint(1, 3) if parameter.get("multiple") else 1
            by_name = not parameter.get("multiple") and parameter["type"] not in SERIES and position > 0
            keywords = keywords or (by_name and rng.random() < 0.1)
            if keywords and not by_name:
                break
            for _ in range(repeats):
                value = self.value(rng, name, parameter, depth)
                arguments.append((parameter["name"] if keywords else None, value))
        if arguments and rng.random() < 0.015:
            return self.wrong(rng, name, arguments)
        # In graphite-web a call has no keywords unless something stands before them.
        may_pipe = arguments and not isinstance(arguments[0][1], str) and not any(key for key, _ in arguments[1:2])
        return Call(name, arguments, piped=bool(may_pipe) and rng.random() < 0.15)

    def wrong(self, rng, name, arguments):
        """The call with an argument that does not fit, or with one too few."""
        parameters = self.functions[name]
        at = rng.randrange(len(arguments))
        keyword = arguments[at][0]
        parameter = keyword or parameters[min(at, len(parameters) - 1)]["name"]
        if rng.random() < 0.3 and at and not keyword:
            return Call(name, arguments[:at], wrong=parameter)
        changed = [*arguments[:at], (keyword, rng.choice(WRONG)), *arguments[at + 1 :]]
        return Call(name, changed, wrong=parameter)

    def value(self, rng, name, parameter, depth):
        if parameter["type"] in SERIES:
            return self.tree(rng, depth)
        if parameter["type"] == "any" and name in ("asPercent", "pct"):
            return rng.choice([self.tree(rng, 0), "100", "None", "-3.5"])
        return rng.choice(pool(name, parameter))

    def reduce(self, rng, name, depth):
        schema = rng.choice(SCHEMAS)[0]
        groups = Call(rng.choice(["map", "mapSeries"]), [(None, Path(f"{schema}.*.cpu.*")), (None, rng.choice("01"))])
        function = rng.choice(["asPercent", "divideSeries", "diffSeries", "sumSeries", "maxSeries"])
        matchers = rng.sample(['"user"', '"system"', '"user"'], 2)
        return Call(name, [(None, groups), (None, f'"{function}"'), (None, "3"), *((None, one) for one in matchers)])

    def path(self, rng):
        schema = rng.choice(SCHEMAS)[0]
        host, leaf = rng.choice(HOSTS), rng.choice(LEAVES)
        choices = [
            f"{schema}.{host}.{leaf}",
            f"{schema}.*.{leaf}",
            f"{schema}.{host}.*",
            f"{schema}.*.*.*",
            f"{schema}.web*.{{cpu,mem}}.*",
            f"{schema}.{{{host},web1}}.{leaf}",
            f"{schema}.[dw]*.cpu.{{user,sys*}}",
            f"{schema}.web?.{leaf}",
            f"*.{host}.{leaf}",
            "*.web1.cpu.user",
            "nosuch.*",
        ]
        if rng.random() < 0.15:
            key = rng.choice(list(TAG_VALUES))
            value = rng.choice(TAG_VALUES[key])
            expressions = rng.choice(
                [
                    ["name=requests"],
                    [f"{key}={value}"],
                    ["name=~re.*", f"{key}!={value}"],
                    [f"{key}=~[{value[0]}].*", "name=disk.used"],
                    ["name=requests", f"{key}="],
                    ["name=requests", f"{key}!=~{value[0]}"],
                ]
            )
            quoted = ", ".join(f"'{one}'" for one in expressions)
            return Path(f"seriesByTag({quoted})")
        # Many series make many chances, and long answers: the middle ground is what users have.
        return Path(rng.choice(choices))

    def range(self, rng, now):
        start = rng.choice([600, 600, 1800, 3600, 3600, 7200, 6 * 3600, 86400, rng.randrange(30, 20000)])
        length = rng.choice([start, start, start, rng.randint(1, start)])
        style = rng.random()
        if style < 0.6:
            chosen = [("from", str(now - start)), ("until", str(now - start + length))]
        elif style < 0.8:
            chosen = [("from", f"-{start}s")]
        elif style < 0.9:
            chosen = [("from", f"-{start // 60 + 2}min"), ("until", "-1min")]
        else:
            chosen = [("from", rng.choice(["midnight", "noon yesterday", "-1d", "now-5h", "10:00"])), ("until", "now")]
        return chosen

    def options(self, rng, zones):
        options = []
        if rng.random() < 0.5:
            options.append(("maxDataPoints", str(rng.choice([1, 2, 7, 10, 50, 100, 300, 1000]))))
        if rng.random() < 0.15:
            options.append(("xFilesFactor", rng.choice(["0", "0.3", "0.5", "1"])))
        if rng.random() < 0.1:
            options.append(("noNullPoints", "1"))
        if zones and rng.random() < 0.05:
            options.append(("tz", rng.choice(zones)))
        return options
