"""The checks of the rulebook as a whole: what only shows where entries are seen together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from rightscheck.audit.checks_rules import trees_of
from rightscheck.audit.findings import Check, Found, Subject
from rightscheck.language.tree import And, Not, Ref, Test, Tree, leaves
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.model import Rule

Normal = tuple[Any, ...]


def normal(book: Rulebook, tree: Tree, positive: bool = True) -> Normal:
    """Return a tree with factors expanded, negations at its tests, and arguments sorted, each once."""
    if isinstance(tree, Test):
        return ("test" if positive else "not", str(Test(tree.fact, tree.op, tuple(sorted(tree.values, key=str)))))
    if isinstance(tree, Not):
        return normal(book, tree.arg, not positive)
    if isinstance(tree, Ref):
        return normal(book, book.trees.factors[tree.factor], positive)
    head = "and" if isinstance(tree, And) is positive else "or"
    parts: set[Normal] = set()
    for arg in tree.args:
        part = normal(book, arg, positive)
        parts.update(part[1:] if part[0] == head else (part,))
    return (head, *sorted(parts, key=repr)) if len(parts) > 1 else parts.pop()


def duplicates(subject: Subject) -> Iterator[Found]:
    """Two rules with one condition and one exception, for one effect, right and stage, are one rule."""
    book = subject.book
    for first, second in _pairs(subject):
        if _unless(book, first) == _unless(book, second):
            text = f"has the condition, effect, right and stage of `{first.id}`"
            yield Found("rules", second.id, text, ("when",))


def near_duplicates(subject: Subject) -> Iterator[Found]:
    """Two rules that differ in their exception alone hide it: one fires where the other is excused."""
    book = subject.book
    for first, second in _pairs(subject):
        if _unless(book, first) != _unless(book, second):
            text = f"differs from `{first.id}` in its exception alone; where one is excused the other still fires"
            yield Found("rules", second.id, text, ("when",))


def _pairs(subject: Subject) -> list[tuple[Rule, Rule]]:
    book = subject.book
    seen: dict[tuple[Any, ...], Rule] = {}
    found: dict[tuple[str, str], tuple[Rule, Rule]] = {}
    for rule in book.content.rules:
        condition = normal(book, book.trees.when[rule.id])
        for right in rule.rights:
            first = seen.setdefault((condition, rule.effect, right, rule.stage), rule)
            if first is not rule:
                found.setdefault((first.id, rule.id), (first, rule))
    return list(found.values())


def _unless(book: Rulebook, rule: Rule) -> Normal | None:
    return normal(book, book.trees.unless[rule.id]) if rule.id in book.trees.unless else None


def same_title(subject: Subject) -> Iterator[Found]:
    """A title names one rule, and one factor, alone."""
    for kind in ("rules", "factors"):
        first: dict[str, str] = {}
        for item in getattr(subject.book.content, kind):
            other = first.setdefault(item.title.strip().lower(), item.id)
            if other != item.id:
                yield Found(kind, item.id, f"has the title of `{other}`", ("title",))


def unused_factors(subject: Subject) -> Iterator[Found]:
    """A factor that nothing rests on says nothing."""
    book = subject.book
    trees = book.trees
    roots = [tree for rule in book.content.rules for tree in trees_of(book, rule)]
    for group in (trees.engagement, trees.presumptions, trees.core, trees.standards):
        roots += group.values()
    roots += [tree for grades in trees.severity.values() for tree in grades]
    used: set[str] = set()
    todo = [leaf.factor for tree in roots for leaf in leaves(tree) if isinstance(leaf, Ref)]
    while todo:
        name = todo.pop()
        if name not in used:
            used.add(name)
            todo += [leaf.factor for leaf in leaves(trees.factors[name]) if isinstance(leaf, Ref)]
    for factor in book.content.factors:
        if factor.id not in used:
            yield Found("factors", factor.id, "no rule, question or grade rests on this factor")


def carried(book: Rulebook) -> set[str]:
    """Return the propositions that a rule, a factor or a presumption carries."""
    found = {name for rule in book.content.rules for names in rule.law.values() for name in names}
    found |= {name for factor in book.content.factors for name in factor.law}
    return found | {presumption.source for presumption in book.content.presumptions}


def lost_law(subject: Subject) -> Iterator[Found]:
    """Each proposition is carried, or listed with the reason why not."""
    book = subject.book
    known = carried(book) | {entry.id for entry in book.content.not_modelled}
    for proposition in book.content.propositions:
        if proposition.id not in known:
            text = "is carried by no rule or factor and not listed in not-modelled"
            yield Found("propositions", proposition.id, text)


def wrongly_listed(subject: Subject) -> Iterator[Found]:
    """What is listed as not modelled is carried by nothing, and listed once."""
    known = carried(subject.book)
    count = Counter(entry.id for entry in subject.book.content.not_modelled)
    for name in dict.fromkeys(entry.id for entry in subject.book.content.not_modelled):
        if name in known:
            yield Found("not_modelled", name, "is listed as not modelled, and a rule or factor carries it")
        if count[name] > 1:
            yield Found("not_modelled", name, "is listed as not modelled more than once")


def lost_criteria(subject: Subject) -> Iterator[Found]:
    """Each criterion of the source articles is carried by a rule."""
    named = {name for rule in subject.book.content.rules for name in rule.critiques}
    for name in subject.criteria or {}:
        if name not in named:
            yield Found("", name, "no rule carries this criterion")


def unverified(subject: Subject) -> Iterator[Found]:
    """How many pinpoints were not read at their source."""
    book = subject.book
    used = carried(book)
    count = Counter(p.verified for p in book.content.propositions if p.id in used)
    rest = count["memory"] + count["unsure"]
    if rest:
        text = f"{rest} of {sum(count.values())} propositions carried were not read at their source"
        yield Found("", book.content.name, f"{text} ({count['memory']} from memory, {count['unsure']} unsure)")


def soft_alone(subject: Subject) -> Iterator[Found]:
    """How many rules stand under a treaty by soft law alone."""
    book = subject.book
    treaties = {name for name, info in book.content.standards.standards.items() if info.kind == "treaty"}
    count: dict[str, int] = defaultdict(int)
    total = 0
    for rule in book.content.rules:
        for standard in rule.law.keys() & treaties:
            total += 1
            sources = (book.sources[book.propositions[name].source] for name in rule.law[standard])
            count[standard] += all(source.binding == "soft" for source in sources)
    if any(count.values()):
        listed = ", ".join(f"{name} {number}" for name, number in sorted(count.items()) if number)
        text = f"{sum(count.values())} of {total} places of rules under treaties rest on soft law alone ({listed})"
        yield Found("", book.content.name, text)


def one_case(subject: Subject) -> Iterator[Found]:
    """A rule that fires in one decided case alone may have been written for it."""
    for rule in subject.book.content.rules:
        cases = subject.firings.get(rule.id, frozenset())
        if len(cases) == 1:
            yield Found("rules", rule.id, f"fires in one decided case alone: {min(cases)}")


BOOK_CHECKS = (
    Check("E401", "rules with the same condition, effect, right and stage", book=duplicates),
    Check("W402", "rules that differ in their exception alone", book=near_duplicates),
    Check("E403", "entries with the same title", book=same_title),
    Check("W404", "a factor that nothing rests on", book=unused_factors),
    Check("E405", "a proposition neither carried nor listed as not modelled", book=lost_law),
    Check("W406", "a proposition wrongly listed as not modelled", book=wrongly_listed),
    Check("E407", "a criterion that no rule carries", book=lost_criteria),
    Check("I501", "pinpoints not read at their source", book=unverified),
    Check("I502", "rules under a treaty by soft law alone", book=soft_alone),
    Check("I503", "a rule that fires in one decided case alone", book=one_case),
)
