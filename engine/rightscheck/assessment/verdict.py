"""The verdict of a right under a standard, and what it could still be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rightscheck.assessment.model import GRAVITY, Verdict
from rightscheck.rulebook.model import Rule

HARMS = ("violation", "strong")
FIRED = ("fired", "rebuttable")
OPEN = ("live", "dormant")


@dataclass(frozen=True, slots=True)
class RuleState:
    """A rule's state for the measure.

    `reach` where one right answer would make its condition true; `firm` unless it fired on a presumption, which may
    give way.
    """

    rule: Rule
    state: str
    reach: bool = False
    firm: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict of one right under one standard, with what it rests on."""

    verdict: Verdict
    best: Verdict
    worst: Verdict
    rules: tuple[str, ...]
    why: str


def answers(mitigation: Rule, rule: Rule, right: str) -> bool:
    """Whether a mitigation answers a rule for a right; never a violation."""
    if mitigation.effect != "mitigates" or rule.effect not in ("strong", "weak") or right not in mitigation.rights:
        return False
    return any(
        a == rule.id if isinstance(a, str) else (a.right == right and a.stage == rule.stage) for a in mitigation.answers
    )


def answered_by(rule: Rule, right: str, states: Iterable[RuleState], acting: Sequence[str] = FIRED) -> list[str]:
    """Return the mitigations in one of the `acting` states that answer a rule for a right."""
    return [s.rule.id for s in states if s.state in acting and answers(s.rule, rule, right)]


def find(right: str, states: Sequence[RuleState], unanswered: int, engaged: bool) -> Finding:
    """Return the finding for a right on the rules that bear on it under one standard.

    A right that is only possibly engaged stays undetermined; the finding then names the rules that would fail it.

    Args:
        right: the right.
        states: the states of the rules for this right and standard.
        unanswered: how many core questions are unanswered; a right of which none is asked counts as one.
        engaged: whether the right is certainly engaged.
    """
    mitigating = [s for s in states if s.rule.effect == "mitigates"]
    best, worst = _best(right, states, mitigating), _worst(right, states, mitigating)
    fired = [s for s in states if s.state in FIRED]
    violations = [s.rule.id for s in fired if s.rule.effect == "violation"]
    strong = [s.rule for s in fired if s.rule.effect == "strong"]
    standing = [r.id for r in strong if not answered_by(r, right, mitigating)]
    if not engaged:
        return Finding("undetermined", "low", worst, (*violations, *standing), "engagement")
    if violations:
        return Finding("incompatible", best, worst, tuple(violations), "violation")
    if standing:
        return Finding("high", best, worst, tuple(standing), "strong")
    if unanswered:
        return Finding("undetermined", best, worst, (), "core")
    weak = [s.rule for s in fired if s.rule.effect == "weak"]
    weak_standing = [r.id for r in strong] + [r.id for r in weak if not answered_by(r, right, mitigating)]
    if weak_standing:
        return Finding("moderate", best, worst, tuple(weak_standing), "weak")
    live = [s.rule.id for s in states if s.state == "live" and s.rule.effect in HARMS]
    if live:
        return Finding("moderate", best, worst, tuple(live), "live")
    return Finding("low", best, worst, (), "passed")


def _best(right: str, states: Sequence[RuleState], mitigating: Sequence[RuleState]) -> Verdict:
    """The mildest verdict left: exceptions are shown, open mitigations fire, open harms fall silent."""
    helping = (*FIRED, *OPEN)
    level = 0
    for s in states:
        if s.state != "fired" or not s.firm or s.rule.effect == "mitigates":
            continue
        answered = bool(answered_by(s.rule, right, mitigating, helping))
        level = max(level, {"violation": 3, "strong": 2, "weak": 1}[s.rule.effect] - int(answered))
    return _VERDICTS[level]


def _worst(right: str, states: Sequence[RuleState], mitigating: Sequence[RuleState]) -> Verdict:
    """The gravest verdict left: live rules and those one answer away fire, only firm mitigations act."""
    level = 0
    for s in states:
        effect = s.rule.effect
        if effect == "mitigates" or s.state not in (*FIRED, *OPEN):
            continue
        if s.state == "dormant" and not s.reach:
            level = max(level, 1 if effect in HARMS else 0)
            continue
        answered = bool(answered_by(s.rule, right, [m for m in mitigating if m.firm], ("fired",)))
        level = max(level, {"violation": 3, "strong": 2, "weak": 1}[effect] - int(answered))
    return _VERDICTS[level]


_VERDICTS: tuple[Verdict, ...] = ("low", "moderate", "high", "incompatible")


def gravest(verdicts: Iterable[Verdict]) -> Verdict:
    """Combine verdicts: incompatible or high if any is, else undetermined if any is, else the gravest; low if none."""
    found = list(verdicts)
    top: Verdict = max((v for v in found if v != "undetermined"), key=GRAVITY.__getitem__, default="low")
    if GRAVITY[top] < GRAVITY["high"] and "undetermined" in found:
        return "undetermined"
    return top


def worst_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the gravest of determined verdicts, low if there is none."""
    top: Verdict = max(verdicts, key=GRAVITY.__getitem__, default="low")
    return top
