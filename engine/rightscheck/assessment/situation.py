"""From given facts to the situation that is read: groups in play and presumptions of law."""

from __future__ import annotations

from rightscheck.facts.values import Facts, SetValue, Value, groups_given
from rightscheck.facts.vocabulary import IDENTITY, vocabulary
from rightscheck.readings.kleene import TRUE, Kleene, Situation
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.model import Presumption


def groups_in_play(book: Rulebook, facts: Facts) -> frozenset[str]:
    """Return the groups in play: those the type calls for and those in which a fact is given."""
    type_ = facts.get("type")
    if not isinstance(type_, str):
        return frozenset(vocabulary().groups)
    return book.calls_for(type_) | groups_given(facts) | {IDENTITY}


def situate(book: Rulebook, facts: Facts) -> tuple[Situation, list[Presumption]]:
    """Return the situation of a measure and the presumptions that filled a fact.

    A presumption is weighed on the given facts alone and gives way to any given fact; it fills no fact of a group
    that is not in play.
    """
    in_play = groups_in_play(book, facts)
    given = Kleene(book.trees.factors, Situation(facts, in_play))
    filled: dict[str, Value] = dict(facts)
    used: list[Presumption] = []
    for presumption in book.content.presumptions:
        name = presumption.fact
        if name in filled or not given.situation.plays(name):
            continue
        rebuttal = book.trees.rebuttals.get(presumption.id)
        rebutted = rebuttal is not None and given.value(rebuttal) == TRUE
        if not rebutted and given.value(book.trees.presumptions[presumption.id]) == TRUE:
            filled[name] = presumption.value
            used.append(presumption)
    return Situation(filled, in_play, frozenset(p.fact for p in used)), used


def without_presumptions(situation: Situation) -> Situation:
    """Return the situation on the given facts alone."""
    given = {name: value for name, value in situation.facts.items() if name not in situation.presumed}
    return Situation(given, situation.in_play)


def open_facts(situation: Situation) -> list[str]:
    """Return the facts in play that are unknown, an open set among them, in the vocabulary's order."""
    found = []
    for name in vocabulary().facts:
        value = situation.facts.get(name)
        if situation.plays(name) and (value is None or (isinstance(value, SetValue) and value.open)):
            found.append(name)
    return found
