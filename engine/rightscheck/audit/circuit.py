"""The whole method as one circuit: rule states, findings by standard, verdicts, bounds and the first reason.

The meaning is that of assessment/ (situation, rights, verdict, assess), line by line. Beside the inputs of
readings/columns_trees.py it takes what the State and the date decide for each row: ("binding", standard) and ("cell",
standard, protocol) where the standard is weighed and the article holds.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

from rightscheck.assessment.model import GRAVITY
from rightscheck.assessment.verdict import HARMS, answers
from rightscheck.facts.case import STANDARDS
from rightscheck.language.tree import Test
from rightscheck.readings.columns import ONE, ZERO, Circuit, Program
from rightscheck.readings.columns_trees import Presumed, RuleNodes, TreeCircuit
from rightscheck.rulebook.book import Rulebook

VERDICTS = ("low", "moderate", "high", "incompatible", "undetermined")
BOUNDS = VERDICTS[:4]
STATES = ("fired", "rebuttable", "excused", "live", "dormant")
WHY = ("violation", "strong", "core", "weak", "live", "passed", "engagement", "unengaged", "no-restriction")


@dataclass(frozen=True, slots=True)
class Levels:
    """A bound as three nodes: at least moderate, at least high, incompatible."""

    moderate: int = ZERO
    high: int = ZERO
    incompatible: int = ZERO


@dataclass(slots=True)
class FindingNodes:
    """The finding of one right under one standard, before it is asked whether the standard covers the row."""

    verdict: tuple[int, ...]
    best: Levels
    worst: Levels
    why: dict[str, int]
    rules: dict[str, list[tuple[str, int]]]
    covered: int = ZERO
    deciding: int = ZERO
    possible: int = ZERO


@dataclass(slots=True)
class RightNodes:
    """One right: where it is reported, surely engaged, its verdict and its bounds."""

    reported: int
    engaged: int
    findings: dict[str, FindingNodes]
    verdict: tuple[int, ...] = ()
    best: Levels = field(default_factory=Levels)
    worst: Levels = field(default_factory=Levels)
    failing: int = ZERO
    unasked: int = ZERO
    open_questions: list[tuple[str, int]] = field(default_factory=list)


class BookCircuit:
    """A rulebook's circuit; `outputs` maps names to nodes in the order in which the program gives them."""

    def __init__(self, book: Rulebook, *, every_state: bool = False) -> None:
        self.book = book
        self.circuit = Circuit()
        play = book.content.in_play
        calls: dict[str, list[str]] = {}
        for type_, groups in play.types.items():
            for group in groups:
                calls.setdefault(group, []).append(type_)
        trees = book.trees
        presumptions = [
            Presumed(p.fact, p.value, trees.presumptions[p.id], trees.rebuttals.get(p.id))
            for p in book.content.presumptions
        ]
        self.trees = TreeCircuit(self.circuit, trees.factors, frozenset(play.always), calls, presumptions)
        self.states: dict[str, RuleNodes] = {
            name: self.trees.rule(when, trees.unless.get(name)) for name, when in trees.when.items()
        }
        self.outputs: dict[Hashable, int] = {}
        self._bears: dict[str, int] = dict.fromkeys(book.rules, ZERO)
        self.rights = {right: self._right(right) for right in trees.engagement}
        self._measure()
        self._questions()
        for state in STATES:
            for name, nodes in self.states.items():
                bears = ONE if every_state else self._bears[name]
                self.outputs["state", state, name] = self.circuit.both(getattr(nodes, state), bears)

    def program(self, wanted: Callable[[Hashable], bool] = lambda _: True) -> tuple[Program, dict[Hashable, int]]:
        """Return the program of the wanted outputs and the row of each."""
        names = [name for name in self.outputs if wanted(name)]
        program = self.circuit.program([self.outputs[name] for name in names])
        return program, {name: row for row, name in enumerate(names)}

    # --- one right ---------------------------------------------------------------------------

    def _right(self, right: str) -> RightNodes:
        c, book = self.circuit, self.book
        tree = book.trees.engagement[right]
        engaged, touched = self.trees.certain(tree), self.trees.possible(tree)
        covered: dict[str, int] = {}
        possible: dict[str, int] = {}
        for name, cell in sorted(
            book.content.standards.articles.get(right, {}).items(), key=lambda i: STANDARDS.index(i[0])
        ):
            node = possible[name] = c.both(touched, c.input(("cell", name, cell.protocol or "")))
            if name in book.trees.standards:
                protects = book.trees.standards[name]
                node, possible[name] = (
                    c.both(node, self.trees.certain(protects)),
                    c.both(node, self.trees.possible(protects)),
                )
            covered[name] = node
        found = RightNodes(c.any(covered.values()), engaged, {})
        unanswered = self._core(right, found)
        general = (name for name in covered if name not in book.trees.standards)
        binding = c.any(c.both(covered[name], c.input(("binding", name))) for name in general)
        for name, node in covered.items():
            finding = self._finding(right, name, engaged, unanswered)
            finding.covered = node
            decides = c.either(c.input(("binding", name)), c.no(binding))
            finding.deciding, finding.possible = c.both(node, decides), c.both(possible[name], decides)
            found.findings[name] = finding
            for rule in book.rules_by_right.get(right, ()):
                if name in rule.law:
                    self._bears[rule.id] = c.either(self._bears[rule.id], node)
        self._conclude(right, found)
        return found

    def _core(self, right: str, found: RightNodes) -> int:
        c = self.circuit
        asked_any = ZERO
        for question in self.book.core.get(right, ()):
            tree = self.book.trees.core.get(question.id)
            asked = ONE if tree is None else self.trees.possible(tree)
            asked_any = c.either(asked_any, asked)
            node = c.but(asked, c.any(self.trees.given(name) for name in question.facts))
            found.open_questions.append((question.id, node))
        found.unasked = c.no(asked_any)
        return c.any([found.unasked, *(node for _, node in found.open_questions)])

    def _finding(self, right: str, standard: str, engaged: int, unanswered: int) -> FindingNodes:
        c = self.circuit
        rules = [r for r in self.book.rules_by_right.get(right, ()) if standard in r.law]
        mitigating = [r for r in rules if r.effect == "mitigates"]
        best, worst = [ZERO] * 3, [ZERO] * 3
        lists: dict[str, list[tuple[str, int]]] = {"violation": [], "strong": [], "weak": [], "live": []}
        answered_strong: list[tuple[str, int]] = []
        for rule in rules:
            if rule.effect == "mitigates":
                continue
            s = self.states[rule.id]
            answering = [self.states[m.id] for m in mitigating if answers(m, rule, right)]
            now = c.any(m.fired for m in answering)
            helping = c.any(m.helping for m in answering)
            firm = c.any(c.both(m.firm, m.bare) for m in answering)
            height = {"weak": 1, "strong": 2, "violation": 3}[rule.effect]
            _raise(c, best, height, c.both(s.firm, s.bare), helping)
            _raise(c, worst, height, c.any([s.fired, s.live, s.reach]), firm)
            if rule.effect in HARMS:
                worst[0] = c.either(worst[0], s.dormant)
                lists["live"].append((rule.id, s.live))
            if rule.effect == "strong":
                answered_strong.append((rule.id, s.fired))
            lists[rule.effect].append((rule.id, c.but(s.fired, now)))
        lists["weak"] = answered_strong + lists["weak"]
        why, left = {}, engaged
        for name in ("violation", "strong"):
            hit = c.any(node for _, node in lists[name])
            why[name], left = c.both(left, hit), c.but(left, hit)
        why["core"], left = c.both(left, unanswered), c.but(left, unanswered)
        for name in ("weak", "live"):
            hit = c.any(node for _, node in lists[name])
            why[name], left = c.both(left, hit), c.but(left, hit)
        why["passed"], why["engagement"] = left, c.no(engaged)
        lists["engagement"] = lists["violation"] + lists["strong"]
        verdict = (
            why["passed"],
            c.either(why["weak"], why["live"]),
            why["strong"],
            why["violation"],
            c.either(why["core"], why["engagement"]),
        )
        known = Levels(*(c.both(node, engaged) for node in best))
        return FindingNodes(verdict, known, Levels(*worst), why, lists)

    def _conclude(self, right: str, found: RightNodes) -> None:
        c = self.circuit
        items = list(found.findings.values())
        found.verdict = _gravest(c, [tuple(c.both(f.deciding, v) for v in f.verdict) for f in items], found.reported)
        found.best = _most(c, [(f.deciding, f.best) for f in items])
        found.worst = _most(c, [(f.possible, f.worst) for f in items])
        grave = (c.both(f.deciding, c.any(n for _, n in f.rules["engagement"])) for f in items)
        found.failing = c.but(c.any(grave), found.engaged)
        self.outputs["reported", right] = found.reported
        self.outputs["engaged", right] = c.both(found.reported, found.engaged)
        self._planes(("right", right), found.verdict)
        self._bound_planes(("right-best", right), found.best)
        self._bound_planes(("right-worst", right), _most(c, [(found.reported, found.worst)]))
        for name, f in found.findings.items():
            self.outputs["covered", right, name] = f.covered
            self._planes(("by", right, name), tuple(c.both(f.covered, v) for v in f.verdict))

    # --- the measure -------------------------------------------------------------------------

    def _measure(self) -> None:
        c, book = self.circuit, self.book
        reported = c.any(r.reported for r in self.rights.values())
        duties = (r for r in book.content.rules if r.stage == "due-diligence" and r.effect != "mitigates")
        diligence = c.any(self.states[r.id].fired for r in duties)
        stated = self.trees.certain(Test("restricts", "empty"))
        fine = c.but(c.but(stated, diligence), reported)
        surely = [(c.both(r.reported, r.engaged), r) for r in self.rights.values()]
        any_engaged = c.any(node for node, _ in surely)
        low, moderate, high, incompatible, undetermined = _gravest(
            c, [tuple(c.both(node, v) for v in r.verdict) for node, r in surely], any_engaged
        )
        failing = c.any(r.failing for r in self.rights.values())
        soft = c.either(low, moderate)
        undetermined = c.any([undetermined, c.both(soft, failing), c.but(reported, any_engaged)])
        undetermined = c.either(undetermined, c.but(c.no(reported), fine))
        low = c.either(c.but(low, failing), fine)
        verdict = (low, c.but(moderate, failing), high, incompatible, undetermined)
        best = _most(c, [(node, r.best) for node, r in surely])
        worst = _most(c, [(ONE, r.worst) for r in self.rights.values()])
        lost = c.but(c.no(reported), fine)
        worst = Levels(*(c.either(node, lost) for node in (worst.moderate, worst.high, worst.incompatible)))
        self._planes(("verdict",), verdict)
        self._bound_planes(("best",), best)
        self._bound_planes(("worst",), worst)
        for position, node in enumerate(self.trees.used):
            self.outputs["presumed", position] = node
        cells = [(f.covered, name) for r in self.rights.values() for name, f in r.findings.items()]
        self.outputs["binding",] = c.any(c.both(node, c.input(("binding", name))) for node, name in cells)
        self._reason(verdict, reported, fine)

    def _reason(self, verdict: tuple[int, ...], reported: int, fine: int) -> None:
        """The right on which the verdict rests first, and what its first finding of that verdict rests on."""
        c = self.circuit
        why: dict[str, list[int]] = {name: [] for name in WHY}
        rules: dict[str, list[int]] = {}
        questions: dict[str, list[int]] = {}
        surely: dict[str, int] = {}
        for name, right in self.rights.items():
            same = c.any(c.both(a, b) for a, b in zip(right.verdict, verdict, strict=True))
            surely[name] = c.all([right.reported, right.engaged, same])
        none = c.no(c.any(surely.values()))
        failing = {name: c.all([none, right.reported, right.failing]) for name, right in self.rights.items()}
        fallback = c.but(none, c.any(failing.values()))
        left = ONE
        for name, right in self.rights.items():
            suits = c.any([surely[name], failing[name], c.both(right.reported, fallback)])
            chosen, left = c.both(left, suits), c.but(left, suits)
            self.outputs["reason-right", name] = chosen
            first, unnamed = chosen, c.but(chosen, right.engaged)
            for finding in right.findings.values():
                same = c.any(c.both(a, b) for a, b in zip(finding.verdict, right.verdict, strict=True))
                here = c.both(finding.deciding, same)
                mine, first = c.both(first, here), c.but(first, here)
                for kind, node in finding.why.items():
                    why[kind].append(c.both(mine, node))
                for kind in ("violation", "strong", "weak", "live"):
                    _first(c, c.both(mine, finding.why[kind]), finding.rules[kind], rules)
                unnamed = self._named(unnamed, finding, rules)
            core = c.both(chosen, right.engaged)
            core = c.both(core, right.verdict[4])
            _first(c, core, right.open_questions, questions)
        why["no-restriction"].append(fine)
        why["unengaged"].append(c.but(c.no(reported), fine))
        for kind in WHY:
            self.outputs["why", kind] = c.any(why[kind])
        for rule in self.book.rules:
            self.outputs["reason-rule", rule] = c.any(rules.get(rule, ()))
        for question in self.book.content.method.core:
            self.outputs["reason-question", question.id] = c.any(questions.get(question.id, ()))

    def _named(self, unnamed: int, finding: FindingNodes, rules: dict[str, list[int]]) -> int:
        """Name the first grave rule of a right only possibly engaged; return where none is named yet."""
        c = self.circuit
        return _first(c, c.both(unnamed, finding.deciding), finding.rules["engagement"], rules, unnamed)

    def _questions(self) -> None:
        """For each core question and fact: where it keeps a reported, engaged right undetermined."""
        c = self.circuit
        waiting: dict[str, int] = {}
        for right in self.rights.values():
            stuck = c.all([right.reported, right.engaged, right.verdict[4]])
            for name, node in right.open_questions:
                waiting[name] = c.either(waiting.get(name, ZERO), c.both(stuck, node))
        by_fact: dict[str, list[int]] = {}
        for question in self.book.content.method.core:
            node = waiting.get(question.id, ZERO)
            self.outputs["question", question.id] = node
            for fact in question.facts:
                by_fact.setdefault(fact, []).append(node)
        for fact, nodes in by_fact.items():
            self.outputs["missing", fact] = c.any(nodes)

    def _planes(self, key: tuple[str, ...], verdict: tuple[int, ...]) -> None:
        """Give a verdict out as the bits of its number in VERDICTS."""
        for bit in range(3):
            nodes = (node for number, node in enumerate(verdict) if number >> bit & 1)
            self.outputs[(*key, bit)] = self.circuit.any(nodes)

    def _bound_planes(self, key: tuple[str, ...], bound: Levels) -> None:
        c = self.circuit
        self.outputs[(*key, 0)] = c.either(c.but(bound.moderate, bound.high), bound.incompatible)
        self.outputs[(*key, 1)] = bound.high


def _raise(c: Circuit, levels: list[int], height: int, acts: int, answered: int) -> None:
    """Raise a bound to a rule's height where it acts, one less where it is answered."""
    for step in range(height - 1):
        levels[step] = c.either(levels[step], acts)
    levels[height - 1] = c.either(levels[height - 1], c.but(acts, answered))


def _first(
    c: Circuit, where: int, items: Iterable[tuple[str, int]], found: dict[str, list[int]], left: int | None = None
) -> int:
    """Note for each row in `where` the first item that holds; return `left` (or `where`) without the rows noted."""
    rest = where if left is None else left
    for name, node in items:
        hit = c.both(where, node)
        if hit != ZERO:
            found.setdefault(name, []).append(hit)
        where, rest = c.but(where, node), c.but(rest, hit)
    return rest


def _gravest(c: Circuit, verdicts: list[tuple[int, ...]], where: int) -> tuple[int, ...]:
    """Combine verdicts as `gravest` does, each already cut to the rows it counts in; `where` any counts."""
    some = [c.any(v[number] for v in verdicts) for number in range(len(VERDICTS))]
    incompatible, undetermined = some[3], some[4]
    high = c.but(some[2], incompatible)
    left = c.but(c.but(where, incompatible), high)
    unsure = c.both(left, undetermined)
    left = c.but(left, undetermined)
    moderate = c.both(left, some[1])
    return (c.but(left, some[1]), moderate, high, incompatible, unsure)


def _most(c: Circuit, bounds: list[tuple[int, Levels]]) -> Levels:
    return Levels(
        *(c.any(c.both(node, getattr(b, name)) for node, b in bounds) for name in ("moderate", "high", "incompatible"))
    )


assert all(VERDICTS[number] == name for name, number in GRAVITY.items())

__all__ = ["BOUNDS", "STATES", "VERDICTS", "WHY", "BookCircuit"]
