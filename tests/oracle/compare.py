"""Whether two answers are the same, to the last digit, and if not, what the first difference is.

An answer is `{"status": …, "series": […]}` or `{"status": …, "error": …}`. Only one thing is not compared: an infinite
value, which graphite-web writes as a number that is none, is `null` here.
"""
import math


def first_difference(theirs, ours):
    """A sentence, or None."""
    if theirs["status"] != 200 or ours["status"] != 200:
        return status_difference(theirs, ours)
    theirs, ours = theirs["series"], ours["series"]
    names = [one["target"] for one in theirs], [one["target"] for one in ours]
    if names[0] != names[1]:
        if sorted(map(str, names[0])) == sorted(map(str, names[1])):
            return f"order: {names[0]} is {names[1]}"
        at = next((at for at, pair in enumerate(zip(*names)) if pair[0] != pair[1]), min(map(len, names)))
        return f"names: {names[0][at : at + 2]} ({len(names[0])}) is {names[1][at : at + 2]} ({len(names[1])})"
    for one, other in zip(theirs, ours):
        difference = tags_difference(one, other) or points_difference(one["datapoints"], other["datapoints"])
        if difference:
            return f"{one['target']}: {difference}"
    return None


def status_difference(theirs, ours):
    if theirs["status"] != 200 and ours["status"] == 400:
        return None
    shown = [f"{one['status']} {one.get('error') or [s['target'] for s in one['series']][:3]}" for one in (theirs, ours)]
    return f"status: {shown[0]} is {shown[1]}"


def tags_difference(one, other):
    return None if one["tags"] == other["tags"] else f"tags: {one['tags']} is {other['tags']}"


def points_difference(one, other):
    times = [time for _, time in one], [time for _, time in other]
    if times[0] != times[1]:
        at = next((at for at, pair in enumerate(zip(*times)) if pair[0] != pair[1]), min(map(len, times)))
        return f"times: from number {at} {times[0][at : at + 3]} ({len(one)}) is {times[1][at : at + 3]} ({len(other)})"
    for at, ((value, time), (found, _)) in enumerate(zip(one, other)):
        if not same(value, found):
            return f"values: number {at} at {time}, {value!r} is {found!r}"
    return None


def same(value, found):
    if value is None or isinstance(value, float) and math.isinf(value):
        return found is None
    # Equal numbers may be an integer and a double; zeros must have the same sign.
    return found is not None and value == found and math.copysign(1, value) == math.copysign(1, found)
