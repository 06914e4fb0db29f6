"""The checks of single rules: their law, their logic, their texts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rightscheck.audit.findings import Check, Found, Subject
from rightscheck.audit.jargon import undefined_terms
from rightscheck.language.tree import And, Not, Ref, Test, Tree, leaves
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.check import placeholders
from rightscheck.rulebook.model import RightStage, Rule

MAX_CONDITIONS = 6
MAX_TEXT = 300
# facts.yaml says of these that an analyst may state them and no rule may need them
CONCLUSIONS = frozenset(
    {
        "transfer.risk_real",
        "equality.justified",
        "necessity.milder_available",
        "force.proportionate",
        "emergency.strictly_required",
        "reach.impairs_essence",
        "transfer.assurances_reliable",
    }
)
_BREAK = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\bart)(?<!\bNo)[.!?]['\")]?\s+['\"(]?[A-Z{]")


def texts(rule: Rule) -> list[tuple[str, str]]:
    """Return the (key, text) of a rule's sentences."""
    return [(key, text) for key in ("because", "cure", "limits") if (text := getattr(rule, key))]


def trees_of(book: Rulebook, rule: Rule) -> list[Tree]:
    """Return a rule's condition and, if it has one, its exception."""
    unless = book.trees.unless.get(rule.id)
    return [book.trees.when[rule.id]] + ([unless] if unless is not None else [])


def authority(subject: Subject, rule: Rule) -> Iterator[Found]:
    """A rule needs one binding or authoritative source among those of its standards."""
    book = subject.book
    weights = {book.sources[book.propositions[name].source].binding for names in rule.law.values() for name in names}
    if not weights & {"binding", "authoritative"}:
        yield Found("rules", rule.id, "rests on soft law alone; cite a binding or authoritative source", ("law",))


def cure(subject: Subject, rule: Rule) -> Iterator[Found]:
    """A rule against a measure says what would mend it."""
    if rule.effect != "mitigates" and not rule.cure:
        yield Found("rules", rule.id, "has no `cure`; say what would mend the measure")


def limits(subject: Subject, rule: Rule) -> Iterator[Found]:
    """A rule says where it stops or what speaks against it."""
    if not rule.limits:
        yield Found("rules", rule.id, "has no `limits`; say what speaks against the rule, or that nothing is known to")


def conditions(subject: Subject, rule: Rule) -> Iterator[Found]:
    """A rule has six conditions at most, its exception included."""
    count = sum(len(list(leaves(tree))) for tree in trees_of(subject.book, rule))
    if count > MAX_CONDITIONS:
        text = f"has {count} conditions; name what belongs together as a factor ({MAX_CONDITIONS} at most)"
        yield Found("rules", rule.id, text, ("when",))


def needs_conclusion(subject: Subject, rule: Rule) -> Iterator[Found]:
    """No rule may need a fact that is close to a court's conclusion."""
    book = subject.book
    if _possible(book, book.trees.when[rule.id], True):
        return
    named = [name for name in book.facts_of(book.trees.when[rule.id]) if name in CONCLUSIONS]
    text = f"cannot fire without {' or '.join(f'`{n}`' for n in named)}; let the plain facts a court names suffice"
    yield Found("rules", rule.id, text, ("when",))


def _possible(book: Rulebook, tree: Tree, positive: bool) -> bool:
    """Whether a tree could be true with every test on a conclusion false and any other test as it pleases."""
    if isinstance(tree, Test):
        return tree.fact not in CONCLUSIONS
    if isinstance(tree, Not):
        return _possible(book, tree.arg, not positive)
    if isinstance(tree, Ref):
        return _possible(book, book.trees.factors[tree.factor], positive)
    parts = (_possible(book, arg, positive) for arg in tree.args)
    return all(parts) if isinstance(tree, And) is positive else any(parts)


def answers_nothing(subject: Subject, rule: Rule) -> Iterator[Found]:
    """Each answer of a mitigation meets a strong or weak rule of a shared right and standard."""
    for number, answer in enumerate(rule.answers):
        if any(_meets(rule, answer, other) for other in subject.book.content.rules):
            continue
        if isinstance(answer, RightStage):
            text = f"answers no rule: none is strong or weak on {answer.right} at {answer.stage} under its standards"
        else:
            text = f"answers no rule: `{answer}` shares no right and standard with it"
        yield Found("rules", rule.id, text, ("answers", number))


def _meets(rule: Rule, answer: str | RightStage, other: Rule) -> bool:
    if other.effect not in ("strong", "weak") or set(rule.law).isdisjoint(other.law):
        return False
    if isinstance(answer, str):
        return answer == other.id and not set(rule.rights).isdisjoint(other.rights)
    return answer.right in rule.rights and answer.right in other.rights and answer.stage == other.stage


def one_sentence(subject: Subject, rule: Rule) -> Iterator[Found]:
    """Each text is one sentence; a title is a phrase without a full stop."""
    for key, text in texts(rule):
        if not text.rstrip().endswith((".", "?")):
            yield Found("rules", rule.id, f"{key}: does not end as a sentence", (key,))
        if _BREAK.search(text):
            yield Found("rules", rule.id, f"{key}: is more than one sentence", (key,))
    if rule.title.rstrip().endswith(".") or _BREAK.search(rule.title):
        yield Found("rules", rule.id, "title: is a phrase, without a full stop", ("title",))


def length(subject: Subject, rule: Rule) -> Iterator[Found]:
    """No text is longer than 300 characters."""
    for key, text in [("title", rule.title), *texts(rule)]:
        if len(text) > MAX_TEXT:
            yield Found("rules", rule.id, f"{key}: {len(text)} characters, {MAX_TEXT} at most", (key,))


def jargon(subject: Subject, rule: Rule) -> Iterator[Found]:
    """A term of the law that a text uses is in the glossary."""
    for key, text in [("title", rule.title), *texts(rule)]:
        for term in undefined_terms(text, subject.book.content.glossary):
            message = f"{key}: `{term}` is not in the glossary; explain it there or use plain words"
            yield Found("rules", rule.id, message, (key,))


def stray_placeholder(subject: Subject, rule: Rule) -> Iterator[Found]:
    """A fact named in a text is one the rule rests on; else the sentence may speak of an unknown."""
    rests = set(subject.book.facts_of_rule[rule.id]) | {"type", "restricts", "stage"}
    for key, text in texts(rule):
        for fact in dict.fromkeys(name for name, _ in placeholders(text)):
            if fact not in rests:
                yield Found("rules", rule.id, f"{key}: names `{fact}`, which its condition does not rest on", (key,))


def known_criteria(subject: Subject, rule: Rule) -> Iterator[Found]:
    """A criterion that a rule carries is in the list of criteria."""
    for number, name in enumerate(rule.critiques):
        if subject.criteria is not None and name not in subject.criteria:
            yield Found("rules", rule.id, f"no criterion `{name}` in critiques.yaml", ("critiques", number))


RULE_CHECKS = (
    Check("E101", "a rule without a binding or authoritative source", rule=authority),
    Check("E102", "a rule without a cure", rule=cure),
    Check("E103", "a rule without limits", rule=limits),
    Check("E104", "a rule that carries an unknown criterion", rule=known_criteria),
    Check("W201", "a rule with more than six conditions", rule=conditions),
    Check("E202", "a rule that needs a fact close to a court's conclusion", rule=needs_conclusion),
    Check("E203", "a mitigation with an answer that meets no rule", rule=answers_nothing),
    Check("E301", "a text that is not one sentence", rule=one_sentence),
    Check("E302", "a text longer than 300 characters", rule=length),
    Check("E303", "a text with a term the glossary does not explain", rule=jargon),
    Check("W304", "a text that names a fact its rule does not rest on", rule=stray_placeholder),
)
