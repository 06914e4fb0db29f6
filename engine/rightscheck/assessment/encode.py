"""Verdicts as literals: the method's steps from rules to rights to the measure, for the solver."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rightscheck.assessment.assess import Setting
from rightscheck.assessment.verdict import HARMS, answers
from rightscheck.facts.case import RIGHTS
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.readings.cells import code_of
from rightscheck.readings.solver import NO, YES, Encoder, Gates, Variable, World
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.model import CoreQuestion, Rule

VERDICTS = ("incompatible", "high", "undetermined", "moderate", "low")


@dataclass(frozen=True)
class Need:
    """What has to hold for a verdict no graver than a target: why it may not, and a literal that says it does."""

    kind: str
    name: str
    right: str
    holds: int


@dataclass
class RightBits:
    """A right as literals; `bits` say which verdict it has where it is reported."""

    right: str
    reported: int
    engaged: int
    failing: int
    bits: dict[str, int]
    needs: dict[str, list[Need]] = field(default_factory=dict)


class Verdict:
    """The verdicts of a measure in a world.

    With `fine` false, moderate and low are not told apart: half the clauses, enough to ask for moderate or better.
    Rights then have no bits for these two, and the measure has none.
    """

    def __init__(self, book: Rulebook, setting: Setting, gates: Gates, given: World, *, fine: bool = True) -> None:
        self.book, self.setting, self.gates, self.given = book, setting, gates, given
        self.fine = fine
        self.world = _presume(book, gates, given)
        self.read = Encoder(gates, book.trees.factors, self.world)
        self._fired: dict[str, int] = {}
        self._live: dict[str, int] = {}
        mitigating = [rule for rule in book.content.rules if rule.effect == "mitigates"]
        self.mitigations = {right: [m for m in mitigating if right in m.rights] for right in RIGHTS}
        self.rights = [found for right in book.trees.engagement for found in self._right(right)]
        self.measure = self._measure() if fine else {}

    def fired(self, rule: Rule) -> int:
        """Return a literal: the rule fires, firmly or rebuttably."""
        if rule.id not in self._fired:
            certain, unless = self.read.certain(self.book.trees.when[rule.id]), self._unless(rule)
            self._fired[rule.id] = self.gates.all([certain, -unless])
        return self._fired[rule.id]

    def live(self, rule: Rule) -> int:
        """Return a literal: the rule is open and live."""
        if rule.id not in self._live:
            when = self.book.trees.when[rule.id]
            parts = [self.read.possible(when), -self.read.certain(when), -self._unless(rule), self.read.live(when)]
            self._live[rule.id] = self.gates.all(parts)
        return self._live[rule.id]

    def _unless(self, rule: Rule) -> int:
        tree = self.book.trees.unless.get(rule.id)
        return NO if tree is None else self.read.certain(tree)

    def _covered(self, right: str) -> list[tuple[str, bool, int]]:
        found = []
        for name, status in self.setting.standards:
            if self.book.has_cell(right, name, self.setting.country, self.setting.as_of):
                tree = self.book.trees.standards.get(name)
                found.append((name, status == "binding", YES if tree is None else self.read.certain(tree)))
        return found

    def _right(self, right: str) -> Iterator[RightBits]:
        gates, tree = self.gates, self.book.trees.engagement[right]
        engaged, possibly = self.read.certain(tree), self.read.possible(tree)
        covered = self._covered(right)
        reported = gates.all([possibly, gates.any([cover for _, _, cover in covered])])
        if reported == NO:
            return
        special = self.book.trees.standards
        binds = gates.any([cover for name, binding, cover in covered if binding and name not in special])
        deciding = {name: cover if binding else gates.all([cover, -binds]) for name, binding, cover in covered}
        weighs = {name: gates.all([reported, literal]) for name, literal in deciding.items()}
        grave: list[Need] = []
        weak: list[Need] = []
        for rule in self.book.rules_by_right.get(right, ()):
            if rule.effect == "mitigates" or not any(name in rule.law for name in weighs):
                continue
            stands = self._stands(rule, right, weighs)
            if rule.effect in HARMS and stands != NO:
                grave.append(Need("rule", rule.id, right, -stands))
            if rule.effect == "violation" or not self.fine:
                continue
            weighed = gates.any([weighs[name] for name in rule.law if name in weighs])
            mild = stands if rule.effect == "weak" else gates.all([weighed, self.fired(rule)])
            if mild != NO:
                weak.append(Need("rule", rule.id, right, -gates.all([engaged, mild])))
        for rule in self.book.rules_by_right.get(right, ()):
            if self.fine and rule.effect in HARMS and any(name in rule.law for name in weighs):
                weighed = gates.any([weighs[name] for name in rule.law if name in weighs])
                live = gates.all([engaged, weighed, self.live(rule)])
                if live != NO:
                    weak.append(Need("live", rule.id, right, -live))
        open_ = self._questions(right, gates.all([engaged, reported]))
        yield self._bits(right, reported, engaged, grave, open_, weak)

    def _stands(self, rule: Rule, right: str, weighs: dict[str, int]) -> int:
        found = []
        answering = [m for m in self.mitigations[right] if answers(m, rule, right)]
        for name in (n for n in rule.law if n in weighs):
            answered = self.gates.any([self.fired(m) for m in answering if name in m.law])
            found.append(self.gates.all([weighs[name], self.fired(rule), -answered]))
        return self.gates.any(found)

    def _questions(self, right: str, engaged: int) -> list[Need]:
        found = []
        asked = []
        for question in self.book.core.get(right, ()):
            tree = self.book.trees.core.get(question.id)
            here = YES if tree is None else self.read.possible(tree)
            asked.append(here)
            missing = self.gates.all([engaged, here, -self._answered(question)])
            if missing != NO:
                found.append(Need("question", question.id, right, -missing))
        none = self.gates.all([engaged, *(-here for here in asked)])
        return [*found, Need("unasked", right, right, -none)] if none != NO else found

    def _answered(self, question: CoreQuestion) -> int:
        return self.gates.any([self.given.given[name] for name in question.facts])

    def _bits(
        self, right: str, reported: int, engaged: int, grave: list[Need], open_: list[Need], weak: list[Need]
    ) -> RightBits:
        gates, rules = self.gates, self.book.rules
        fails = gates.any([-n.holds for n in grave])
        violated = gates.any([-n.holds for n in grave if rules[n.name].effect == "violation"])
        here = gates.all([reported, engaged])
        undetermined = gates.all([-fails, gates.any([-n.holds for n in open_])])
        mended = gates.all([n.holds for n in weak])
        bits = {
            "incompatible": gates.all([here, violated]),
            "high": gates.all([here, -violated, fails]),
            "undetermined": gates.all([reported, gates.any([-engaged, undetermined])]),
        }
        if self.fine:
            bits["moderate"] = gates.all([here, -fails, -undetermined, -mended])
            bits["low"] = gates.all([here, -fails, -undetermined, mended])
        return RightBits(right, reported, here, fails, bits, {"grave": grave, "open": open_, "weak": weak})

    # --- the measure -------------------------------------------------------------------------

    def _nothing_restricted(self) -> int:
        rules = (r for r in self.book.content.rules if r.stage == "due-diligence" and r.effect != "mitigates")
        careless = self.gates.any([self.fired(rule) for rule in rules])
        none = [self.given.variables["restricts", member] for member in vocabulary()["restricts"].values]
        absent = [self.gates.all([v.known, self.gates.any(v.within(((0, 0),)))]) for v in none]
        return self.gates.all([self.given.given["restricts"], -careless, *absent])

    def _measure(self) -> dict[str, int]:
        gates, rights = self.gates, self.rights
        engaged = {
            name: gates.any([r.bits[name] for r in rights if r.engaged != NO]) for name in ("incompatible", "high")
        }
        open_ = gates.any([gates.all([r.engaged, r.bits["undetermined"]]) for r in rights])
        moderate = gates.any([r.bits["moderate"] for r in rights])
        some, reported = gates.any([r.engaged for r in rights]), gates.any([r.reported for r in rights])
        threat = gates.any([gates.all([r.reported, -r.engaged, r.failing]) for r in rights])
        grave = gates.any(list(engaged.values()))
        settled = gates.all([some, -grave, -open_, -threat])
        nothing = gates.all([-reported, self._nothing_restricted()])
        low = gates.any([nothing, gates.all([settled, -moderate])])
        mild = gates.all([settled, moderate])
        return {
            "incompatible": engaged["incompatible"],
            "high": gates.all([engaged["high"], -engaged["incompatible"]]),
            "undetermined": gates.all([-grave, -low, -mild]),
            "moderate": mild,
            "low": low,
        }

    def needs(self, target: str) -> list[Need]:
        """Return everything that must hold for the measure to come to a target (moderate or low) or better."""
        kinds = ("grave", "open", "weak") if target == "low" else ("grave", "open")
        found = [need for kind in kinds for r in self.rights for need in r.needs[kind]]
        some = self.gates.any([r.engaged for r in self.rights])
        nothing = self.gates.all([-self.gates.any([r.reported for r in self.rights]), self._nothing_restricted()])
        return [*found, Need("engagement", "", "", self.gates.any([some, nothing]))]


def _presume(book: Rulebook, gates: Gates, given: World) -> World:
    """Return the world in which presumptions of law fill unknown facts."""
    read = Encoder(gates, book.trees.factors, given)
    world = given.copy()
    for presumption in book.content.presumptions:
        name = presumption.fact
        if not given.plays(name) or name in world.presumed:
            continue
        rebuttal = book.trees.rebuttals.get(presumption.id)
        rebutted = NO if rebuttal is None else read.certain(rebuttal)
        tree = book.trees.presumptions[presumption.id]
        presumed = gates.all([-given.given[name], -rebutted, read.certain(tree)])
        if presumed == NO:
            continue
        old = given.variables[name, ""]
        code = code_of(vocabulary()[name], presumption.value)
        kept = tuple((c, gates.all([given.given[name], literal])) for c, literal in old.choices)
        world.variables[name, ""] = Variable(gates.any([old.known, presumed]), (*kept, (code, presumed)))
        world.presumed[name] = presumed
    return world


def forbid_contradictions(gates: Gates, world: World) -> None:
    """Require what a case file requires of facts: no imprisonment under a sanction below prison."""
    kind = world.variables["sanction.kind", ""]
    below = vocabulary()["sanction.kind"].codes["prison"] - 1
    lighter = gates.all([kind.known, gates.any(kind.within(((0, below),)))])
    for name in ("sanction.prison_months", "sanction.prison_days"):
        term = world.variables[name, ""]
        gates.need(-lighter, -term.known, -gates.any(term.within(((1, vocabulary()[name].top),))))
