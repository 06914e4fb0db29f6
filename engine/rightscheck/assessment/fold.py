"""An explanation as it is read from top to bottom: without alternatives that play no part, repeats and long lists.

Nothing is made up here: every line left is a line of the whole tree, or says where one was left out.
"""

from __future__ import annotations

from dataclasses import replace

from rightscheck.assessment.conditions import Line

# Lines whose details are lists of their own: unanswered questions, rules still open, suppositions, other law.
_LISTS = ("question", "open", "decides", "engagement", "sensitive", "elsewhere")
# Which parts decide a group of conditions of this kind and value; in the other groups every part does.
_DECIDING = {("any", "met"): ("met",), ("any", "unknown"): ("unknown",), ("all", "not met"): ("not met",)}

FEW = 3


def folded(root: Line) -> Line:
    """Return a tree folded for reading."""
    return _Folder().fold(root)


class _Folder:
    def __init__(self) -> None:
        self.right = ""
        self.told: dict[str, str] = {}
        self.before: set[tuple[str, str, str]] = set()

    def fold(self, line: Line) -> Line:
        if line.kind == "right":
            self.right = line.name
        if line.kind in _LISTS and line.value != "answered":
            return replace(line, children=[])
        if line.kind == "rule" and self.right:
            if line.name in self.told:
                return replace(line, children=[Line("above", f"Set out above, under {self.told[line.name]}.")])
            self.told[line.name] = self.right
        if line.short:
            key = (line.kind, line.name, line.expression)
            if key in self.before:
                return replace(line, text=line.short, children=[])
            self.before.add(key)
        parts = line.children
        if line.kind == "rule" and line.value == "silent":
            parts = [_idle(part) for part in parts]
        if line.kind == "stage":
            parts = _fewer(parts)
        return replace(line, children=[self._part(part) for part in _deciding(line, parts)])

    def _part(self, line: Line) -> Line:
        """Fold a line; in place of alternatives of which one decides stands that one."""
        left = _deciding(line, line.children)
        if line.kind == "any" and len(left) == 1 and not line.text.startswith(("Condition", "Exception")):
            return self._part(left[0])
        return self.fold(line)


def _fewer(parts: list[Line]) -> list[Line]:
    """Name in one line the rules that could still hold, but for the first few."""
    rest = [part for part in parts if part.kind == "open"][FEW:]
    if len(rest) < 2:
        return parts
    names = ", ".join(part.name for part in rest)
    text = f"And {len(rest)} more rules could still hold: {names}."
    return [*(part for part in parts if part not in rest), Line("opens", text)]


def _deciding(line: Line, parts: list[Line]) -> list[Line]:
    kind = "all" if line.kind == "factor" and len(parts) > 1 else line.kind
    wanted = _DECIDING.get((kind, line.value))
    return [p for p in parts if wanted is None or p.value in wanted]


def _idle(line: Line) -> Line:
    """Leave out the parts of an exception that plays no part, because the condition is not met."""
    if not line.text.startswith("Exception"):
        return line
    return replace(line, text=f"{line.text} It plays no part, because the condition is not met.", children=[])


__all__ = ["folded"]
