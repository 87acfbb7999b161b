"""Figures as they come in, one line of JSON each, and the table at the end: a row a measure, a column a system."""
import json


class Results:
    """Every figure is printed, written to the file at once, and kept for the table."""

    def __init__(self, path):
        self.file = open(path, "w", encoding="utf-8")
        self.figures = []

    def fact(self, **facts):
        self.write(facts)

    def add(self, system, measure, value, unit="", note=""):
        """`value` is a number, or None where the system cannot do it; `note` then says why."""
        figure = {"system": system, "measure": measure, "value": value, "unit": unit, "note": note}
        self.figures.append(figure)
        self.write(figure)
        shown = " ".join(filter(None, [rendered(value), unit, f"({note})" if note else ""]))
        print(f"  {system}: {measure}: {shown}", flush=True)

    def write(self, line):
        self.file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.file.flush()

    def table(self):
        return table(self.figures)


def rendered(value):
    """Three digits that count, or all of those before the point."""
    if value is None:
        return "–"
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    if value == 0:
        return "0"
    return f"{value:.3g}"


def table(figures):
    """Text, columns aligned. Notes follow as numbered lines."""
    systems = list(dict.fromkeys(figure["system"] for figure in figures))
    measures = list(dict.fromkeys((figure["measure"], figure["unit"]) for figure in figures))
    cells = {(figure["measure"], figure["unit"], figure["system"]): figure for figure in figures}
    notes = list(dict.fromkeys(figure["note"] for figure in figures if figure["note"]))
    rows = [["", *systems]]
    for measure, unit in measures:
        row = [f"{measure}, {unit}" if unit else measure]
        for system in systems:
            figure = cells.get((measure, unit, system))
            mark = f" [{notes.index(figure['note']) + 1}]" if figure and figure["note"] else ""
            row.append(rendered(figure["value"]) + mark if figure else "")
        rows.append(row)
    widths = [max(len(row[column]) for row in rows) for column in range(len(systems) + 1)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]).rstrip()
        for row in rows
    ]
    return "\n".join(lines + [f"[{number}] {note}" for number, note in enumerate(notes, 1)])
