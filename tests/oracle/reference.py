"""graphite-web in a process of its own: requests in, one line of JSON each, answers out likewise.

Runs under the Python that has graphite-web; the first line read names the folder for its files and the series. Time
is what each request says it is. The parts of graphite-web that need a display or a database server are left out.
"""
import contextlib
import datetime
import functools
import json
import os
import re
import resource
import signal
import sys
import time
import types

SECONDS_MAX = 20
MEMORY_MAX = 4 << 30


class Clock:
    """What every part of graphite-web is told when it asks for the time."""

    now = 0


class FrozenDatetime(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(Clock.now, tz)


def configure(folder):
    """Settings that keep every file below `folder`, then Django with the tag database in memory."""
    settings = types.ModuleType("oracle_settings")
    settings.GRAPHITE_WEB_APP_SETTINGS_LOADED = True
    django_apps = ("django.contrib.contenttypes", "django.contrib.auth")
    settings.INSTALLED_APPS = (*django_apps, "graphite.account", "graphite.tags")
    settings.STORAGE_DIR = settings.CONF_DIR = settings.STATIC_ROOT = folder
    settings.LOG_DIR = os.path.join(folder, "log")
    settings.STORAGE_FINDERS = ("graphite.finders.standard.StandardFinder",)
    settings.CARBONLINK_HOSTS = []
    settings.USE_WORKER_POOL = False
    settings.LOG_INFO_PERFORMANCE = False
    settings.USE_TZ = True
    settings.SECRET_KEY = "a test has no secrets"
    settings.DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
    sys.modules["oracle_settings"] = settings
    # Pictures and events are no part of this; their libraries need more than a Python.
    sys.modules["cairocffi"] = types.ModuleType("cairocffi")
    sys.modules["graphite.events.models"] = types.ModuleType("graphite.events.models")
    os.environ.update(DJANGO_SETTINGS_MODULE="graphite.settings", GRAPHITE_SETTINGS_MODULE="oracle_settings", TZ="UTC")
    time.tzset()
    for part in ("log", "whisper"):
        os.makedirs(os.path.join(folder, part))

    import django

    time.time = lambda: float(Clock.now)
    django.setup()
    from django.core.management import call_command

    call_command("migrate", "tags", verbosity=0)
    import graphite.render.attime
    import graphite.render.functions
    import graphite.render.views

    for module in (graphite.render.attime, graphite.render.functions, graphite.render.views):
        module.datetime = FrozenDatetime


def store(folder, series):
    """Writes one whisper file as carbon would have: in order of time, everything rolled up as it came."""
    import whisper
    from graphite.storage import STORE
    from graphite.tags.utils import TaggedSeries

    name = series["name"]
    path = TaggedSeries.encode(name, sep=os.sep) if ";" in name else name.replace(".", os.sep)
    path = os.path.join(folder, "whisper", path + ".wsp")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    archives = [tuple(archive) for archive in series["archives"]]
    whisper.create(path, archives, xFilesFactor=series["factor"], aggregationMethod=series["method"])
    # A piece at a time, so that the finest archive still has all of it when it is rolled up.
    piece_seconds = archives[0][0] * archives[0][1] // 2
    points = series["points"]
    while points:
        cut = next((at for at, point in enumerate(points) if point[0] >= points[0][0] + piece_seconds), len(points))
        piece, points = points[:cut], points[cut:]
        whisper.update_many(path, piece, now=piece[-1][0])
    if ";" in name:
        STORE.tagdb.tag_series(name)


class Seen:
    """What the request at hand led to: a value that is no number, as `inf - inf`; a name with an empty node, as `a.`; a name
    with an argument such as `1e+06`."""

    not_a_number = False
    empty_node = False
    signed_exponent = False


EMPTY_NODE = re.compile(r"(^|[(,])\.|\.\.|\.([,)]|$)")
SIGNED_EXPONENT = re.compile(r"[(,] *-?\d+(\.\d+)?e\+\d+ *[,)]")


def watch():
    """Looks at what every function and every aggregation returns."""
    from graphite.functions import SeriesFunctions, aggfuncs, safe
    from graphite.render.datalib import TimeSeries

    def values(result):
        if isinstance(result, float):
            yield result
        for series in result if isinstance(result, list) else []:
            if isinstance(series, TimeSeries):
                Seen.empty_node = Seen.empty_node or EMPTY_NODE.search(str(series.name)) is not None
                Seen.signed_exponent = Seen.signed_exponent or SIGNED_EXPONENT.search(str(series.name)) is not None
                yield from list.__iter__(series)

    def watched(function):
        @functools.wraps(function)
        def call(*arguments, **keywords):
            result = function(*arguments, **keywords)
            Seen.not_a_number = any([value != value for value in values(result)]) or Seen.not_a_number
            return result

        return call

    for table in (SeriesFunctions(), aggfuncs.aggFuncs, aggfuncs.aggFuncAliases):
        table.update({name: watched(function) for name, function in table.items()})
    for name in [name for name in vars(safe) if name.startswith("safe")]:
        setattr(safe, name, watched(getattr(safe, name)))


def functions():
    """Every function: its parameters as graphite-web declares them."""
    from graphite.functions import SeriesFunctions

    return {name: [parameter.toJSON() for parameter in function.params] for name, function in SeriesFunctions().items()}


def render(request):
    """The answer to one request, or what went wrong."""
    from django.http import QueryDict
    from graphite.errors import InputParameterError
    from graphite.render import views
    from graphite.render.evaluator import evaluateTarget

    parameters = QueryDict(mutable=True)
    for key, value in request["parameters"]:
        parameters.appendlist(key, value)
    Clock.now = request["now"]
    Seen.not_a_number = Seen.empty_node = Seen.signed_exponent = False
    query = types.SimpleNamespace(GET=parameters, POST=QueryDict(), META={})
    try:
        try:
            options = views.parseOptions(query)[1]
        except Exception as error:
            raise InputParameterError(str(error)) from error
        context = {key: options[key] for key in ("startTime", "endTime", "now", "localOnly", "template", "tzinfo")}
        context.update(forwardHeaders={}, sourceIdHeaders={}, data=[], prefetched={}, maxStep=None)
        context.update({key: options.get(key) for key in ("xFilesFactor", "maxDataPoints", "targets")})
        data = evaluateTarget(context, options["targets"])
        answer = {"status": 200, "series": json.loads(views.renderViewJson(options, data).content)}
        return {**answer, **{name: getattr(Seen, name) for name in ("not_a_number", "empty_node", "signed_exponent")}}
    except InputParameterError as error:
        return {"status": 400, "error": str(error)}
    except TimeoutError:
        return {"status": 0, "error": f"no answer in {SECONDS_MAX} s"}
    except MemoryError:
        return {"status": 0, "error": "out of memory"}
    except Exception as error:  # Whatever it is, a user would see a 500.
        return {"status": 500, "error": f"{type(error).__name__}: {error}"}


def give_up(_number, _frame):
    raise TimeoutError


def main():
    answers = sys.stdout
    setting = json.loads(sys.stdin.readline())
    Clock.now = setting["now"]
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    signal.signal(signal.SIGALRM, give_up)
    with contextlib.redirect_stdout(sys.stderr):
        configure(setting["folder"])
        for series in setting["series"]:
            store(setting["folder"], series)
        watch()
        print(json.dumps(functions()), file=answers, flush=True)
        for line in sys.stdin:
            signal.alarm(SECONDS_MAX)
            answer = render(json.loads(line))
            signal.alarm(0)
            print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
