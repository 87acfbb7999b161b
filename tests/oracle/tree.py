"""Expressions as trees: how they are written, and how a smaller one is made of a failing one.

A call's arguments are pairs of a keyword (or None) and either a tree or the text of a literal. Trees never change.
"""


class Path:
    """A path, or a whole `seriesByTag`, as it is written."""

    def __init__(self, text):
        self.text = text

    def write(self, pipes=True):
        return self.text

    def calls(self):
        return []

    def smaller(self):
        return []


class Call:
    """A function and its arguments; `piped` if its first one is written before a bar, `wrong` the name of the
    parameter whose argument is deliberately wrong or left out."""

    def __init__(self, name, arguments, piped=False, wrong=None):
        self.name, self.arguments, self.piped, self.wrong = name, arguments, piped, wrong

    def write(self, pipes=True):
        """The text; without `pipes` every call is written as if nested."""
        written = [
            (f"{keyword}=" if keyword else "") + (value if isinstance(value, str) else value.write(pipes))
            for keyword, value in self.arguments
        ]
        if pipes and self.piped:
            return f"{written[0]}|{self.name}({','.join(written[1:])})"
        return f"{self.name}({', '.join(written)})"

    def inner(self):
        return [value for _, value in self.arguments if not isinstance(value, str)]

    def calls(self):
        """This call and every one within it."""
        return [self, *(call for tree in self.inner() for call in tree.calls())]

    def smaller(self):
        """Trees with one thing less, the smallest first."""
        yield from self.inner()
        if self.piped:
            yield Call(self.name, self.arguments, wrong=self.wrong)
        for at in reversed(range(1, len(self.arguments))):
            yield self.with_arguments(self.arguments[:at] + self.arguments[at + 1 :])
        for at, (keyword, value) in enumerate(self.arguments):
            if not isinstance(value, str):
                for tree in value.smaller():
                    yield self.with_arguments(
                        [*self.arguments[:at], (keyword, tree), *self.arguments[at + 1 :]]
                    )

    def with_arguments(self, arguments):
        return Call(self.name, arguments, self.piped, self.wrong)


class Template:
    """A tree whose paths hold the variable `$host`, and what it stands for."""

    def __init__(self, tree, value):
        self.tree, self.value = tree, value

    def write(self, pipes=True):
        return f'template({self.tree.write(False)}, host="{self.value}")'

    def substituted(self):
        """What it means, without a variable."""
        return self.tree.write(False).replace("$host", self.value)

    def calls(self):
        return self.tree.calls()

    def smaller(self):
        return []
