"""The driver against every sharp edge of durable-rules 2.0.28, and against a plain oracle."""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import multiprocessing
import operator
import os
import pickle
import random
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from enum import IntEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rightscheck
from rightscheck.problems import RightscheckError
from rightscheck.readings import driver, watchdog
from rightscheck.readings.driver import Clause, Engine, EngineFault, EngineLimit, RulesetSpec, guard

TOP = 2**31 - 1
OPERATORS = {"==": operator.eq, ">=": operator.ge, "<=": operator.le}


def oracle(spec: RulesetSpec, fact: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(
        clause.name
        for clause in spec.clauses
        if all(OPERATORS[op](fact[field], value) for field, op, value in clause.tests)
    )


def ruleset(*tests: tuple[tuple[str, str, int], ...], name: str = "r") -> RulesetSpec:
    return RulesetSpec(name, tuple(Clause(f"c{number}", each) for number, each in enumerate(tests)))


def random_spec(chance: random.Random, clauses: int, fields: int, name: str = "r") -> RulesetSpec:
    names = [f"field_{number}" for number in range(fields)]
    return RulesetSpec(
        name,
        tuple(
            Clause(
                f"clause-{number}",
                tuple(
                    (chance.choice(names), chance.choice(("==", ">=", "<=")), chance.randint(0, 3))
                    for _ in range(chance.randint(1, 4))
                ),
            )
            for number in range(clauses)
        ),
    )


def random_fact(chance: random.Random, spec: RulesetSpec) -> dict[str, int]:
    return {field: chance.randint(0, 3) for field in spec.fields}


ONE = ruleset((("n", ">=", 1),))


@pytest.fixture
def one() -> Iterator[Engine]:
    with Engine([ONE]) as engine:
        yield engine


# Right answers


def test_conjunctions_and_operators() -> None:
    spec = ruleset(
        (("a", "==", 2),), (("a", ">=", 2),), (("a", "<=", 2),), (("a", ">=", 1), ("b", "==", 0), ("a", "<=", 2))
    )
    with Engine([spec]) as engine:
        assert engine.run("r", {"a": 2, "b": 0}) == ("c0", "c1", "c2", "c3")
        assert engine.run("r", {"a": 3, "b": 0}) == ("c1",)
        assert engine.run("r", {"a": 1, "b": 1}) == ("c2",)


def test_no_match_is_an_ordinary_answer(one: Engine) -> None:
    assert [one.run("r", {"n": n}) for n in (0, 1, 0, 0, 1)] == [(), ("c0",), (), (), ("c0",)]


def test_a_ruleset_without_clauses_fires_nothing() -> None:
    with Engine([RulesetSpec("r", ())]) as engine:
        assert engine.run("r", {}) == ()


def test_extra_fields_are_not_sent(one: Engine) -> None:
    noise = {"text": "x" * 100_000, "none": None, "float": 1e-5, "list": [1], "id": 7, "sid": "9", "zz": 1}
    assert one.run("r", {"n": 1, **noise}) == ("c0",)  # type: ignore[dict-item]
    assert one.run("r", {"n": 0, **noise}) == ()  # type: ignore[dict-item]


def test_field_names_that_mean_something_to_the_engine() -> None:
    fields = ("id", "sid", "m", "s", "all", "any", "pri", "count", "cap", "name", "aa", "zz", "z")
    spec = ruleset(*((((field, "==", 1)),) for field in fields))
    with Engine([spec]) as engine:
        for number, field in enumerate(fields):
            assert engine.run("r", {name: int(name == field) for name in fields}) == (f"c{number}",)


def test_clause_names_may_be_anything() -> None:
    names = ('"', "}}", '":{"m":', "żółć", "a\nb", "0", "1", "z", "x" * 10_000, "{", "\\")
    spec = RulesetSpec("…", tuple(Clause(name, (("n", "==", 1),)) for name in names))
    with Engine([spec]) as engine:
        assert engine.run("…", {"n": 1}) == names


def test_values_at_the_limits() -> None:
    values = (-TOP, -TOP + 1, -1, 0, 1, TOP - 1, TOP)
    spec = ruleset(*((("n", op, value),) for op in OPERATORS for value in values))
    with Engine([spec]) as engine:
        for value in values:
            assert engine.run("r", {"n": value}) == oracle(spec, {"n": value})


def test_the_same_test_twice_and_contradictions() -> None:
    spec = ruleset((("a", "==", 1), ("a", "==", 1)), (("a", ">=", 2), ("a", "<=", 1)))
    with Engine([spec]) as engine:
        assert [engine.run("r", {"a": a}) for a in (0, 1, 2)] == [(), ("c0",), ()]


def test_facts_whose_hashes_collide() -> None:
    # For the bare engine these two are one fact: the second is "already observed".
    raw = importlib.import_module("durable_rules_engine")
    handle = raw.create_ruleset("raw", '{"r":{"all":[{"m":{"$gte":{"n":0}}}]}}')
    assert raw.assert_fact(handle, '{"sid":"1","n":27409}')[0] == 0
    assert raw.assert_fact(handle, '{"sid":"1","n":69988}')[0] == 2
    spec = ruleset((("n", "==", 27409),), (("n", "==", 69988),), (("n", ">=", 0),))
    with Engine([spec]) as engine:
        for _ in range(50):
            assert engine.run("r", {"n": 27409}) == ("c0", "c2")
            assert engine.run("r", {"n": 69988}) == ("c1", "c2")


def test_the_codes_of_fields_do_not_collide() -> None:
    def fnv(text: str) -> int:
        value = 2166136261
        for letter in text.encode():
            value = (value ^ letter) * 16777619 % 2**32
        return value

    own = ("id", "sid", "$s", "$i", "$m", "$time", "$forward", "zz", "m")
    names = {*driver._CODES, *own}
    assert len(driver._CODES) == driver.MAX_FIELDS
    assert not {*driver._CODES} & {*own}
    assert len({fnv(name) for name in names}) == len(names)
    assert fnv("sid") == 3593476751  # the engine's own constant


def test_thousands_of_facts_back_to_back() -> None:
    chance = random.Random(2028)
    specs = [random_spec(chance, clauses, fields, f"r{clauses}") for clauses, fields in ((48, 60), (30, 8), (7, 1))]
    fired = 0
    with Engine(specs) as engine, guard(60):
        for _ in range(2_000):
            for spec in specs:
                fact = random_fact(chance, spec)
                expected = oracle(spec, fact)
                assert engine.run(spec.name, fact) == expected
                fired += len(expected)
    assert fired > 2_000


FIELDS = st.sampled_from(["a", "b", "c", "law_precision", "_x1"])
NUMBERS = st.one_of(st.integers(-2, 2), st.sampled_from([-TOP, TOP, 10_000]))
TESTS = st.lists(st.tuples(FIELDS, st.sampled_from(sorted(OPERATORS)), NUMBERS), min_size=1, max_size=6)


@settings(max_examples=120, deadline=None)
@given(clauses=st.lists(TESTS, min_size=1, max_size=24), data=st.data())
def test_random_rulesets_agree_with_the_oracle(clauses: list[list[tuple[str, str, int]]], data: Any) -> None:
    spec = ruleset(*map(tuple, clauses))
    fact = st.fixed_dictionaries(dict.fromkeys(spec.fields, NUMBERS))
    with Engine([spec]) as engine:
        for each in data.draw(st.lists(fact, min_size=1, max_size=5)):
            assert engine.run("r", each) == oracle(spec, each)


def test_fired_in_declared_order() -> None:
    numbers = list(range(48))
    random.Random(7).shuffle(numbers)
    names = tuple(f"c{number}" for number in numbers)
    spec = RulesetSpec("r", tuple(Clause(name, (("n", ">=", int(name[1:]) - 100),)) for name in names))
    with Engine([spec]) as engine, guard(60):
        assert all(engine.run("r", {"n": 0}) == names for _ in range(1_000))


def test_one_run_never_sees_the_fact_of_another() -> None:
    spec = ruleset((("x", "==", 1), ("y", "==", 1)), (("x", "==", 1),), (("y", "==", 1),))
    other = ruleset((("x", "==", 1), ("y", "==", 1)), name="other")
    with Engine([spec, other]) as engine:
        for _ in range(200):
            assert engine.run("r", {"x": 1, "y": 0}) == ("c1",)
            assert engine.run("other", {"x": 0, "y": 1}) == ()
            assert engine.run("r", {"x": 0, "y": 1}) == ("c2",)
            assert engine.run("r", {"x": 0, "y": 0}) == ()


def test_a_run_leaves_the_fact_as_it_was(one: Engine) -> None:
    fact = {"n": 1, "other": 2}
    one.run("r", fact)
    assert fact == {"n": 1, "other": 2}


# Limits, refused before the engine sees them


def alike(count: int) -> tuple[tuple[tuple[str, str, int], ...], ...]:
    return ((("n", "==", 1), ("o", "==", 1)),) * count


BAD = {
    "too many clauses": (ruleset(*((("n", ">=", value),) for value in range(49))), "49 clauses, the limit is 48"),
    "65 true at once": (ruleset(*((("n", ">=", value),) for value in range(65))), "65 clauses"),
    "512 tests under a node": (ruleset(*((("n", "==", value),) for value in range(512))), "512 clauses"),
    "256 same conditions": (ruleset(*alike(256)), "256 clauses"),
    "4096 rules": (ruleset(*((("n", "==", value),) for value in range(4096))), "4096 clauses"),
    "same conditions": (ruleset(*alike(20), *(tuple(reversed(each)) for each in alike(21))), "41 clauses with"),
    "too many tests": (ruleset((("n", ">=", 0),) * 61), "clause 'c0': 61 tests, the limit is 60"),
    "too many fields": (
        ruleset(*(tuple((f"f{5 * i + j}", ">=", 0) for j in range(5)) for i in range(41))),
        "205 fields, the limit is 200",
    ),
    "no test": (ruleset((("n", "==", 1),), ()), "clause 'c1': no test"),
    "twice the name": (RulesetSpec("r", (Clause("c", (("n", "==", 1),)),) * 2), "clause 'c': the name is used 2"),
    "empty name": (RulesetSpec("r", (Clause("", (("n", "==", 1),)),)), "not empty"),
    "operator": (ruleset((("n", "!=", 1),)), "operator str '!='"),
    "operator of another type": (ruleset((("n", 5, 1),)), "operator int 5"),  # type: ignore[arg-type]
    "field name": (ruleset((("law.precision", "==", 1),)), "small letters, digits and _"),
    "field name with quotes": (ruleset((('a":1,"b', "==", 1),)), "small letters, digits and _"),
    "field name with newline": (ruleset((("a\n", "==", 1),)), "small letters, digits and _"),
    "field of another type": (ruleset(((7, "==", 1),)), "field int 7"),  # type: ignore[arg-type]
    "bool": (ruleset((("n", "==", True),)), "value bool True"),
    "float": (ruleset((("n", "==", 1.0),)), "value float 1.0"),  # type: ignore[arg-type]
    "text": (ruleset((("n", "==", "1"),)), "value str '1'"),  # type: ignore[arg-type]
    "none": (ruleset((("n", "==", None),)), "value NoneType None"),  # type: ignore[arg-type]
    "too large": (ruleset((("n", "==", TOP + 1),)), "value int 2147483648"),
    "too small": (ruleset((("n", "==", -TOP - 1),)), "value int -2147483648"),
    "huge": (ruleset((("n", "==", 10**5000),)), "too long to print"),
    "no test at all": (ruleset(("abc",)), "a test is a field"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", BAD)
def test_limits_are_refused_up_front(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spec, words = BAD[name]
    monkeypatch.setattr(driver, "_extension", lambda: pytest.fail("the engine was touched"))
    with pytest.raises(EngineLimit) as caught:
        Engine([RulesetSpec("good", ONE.clauses), spec])
    message = str(caught.value)
    assert words in message
    assert "ruleset 'r'" in message
    assert "\n" not in message
    assert len(message) < 300
    assert isinstance(caught.value, EngineFault)
    assert isinstance(caught.value, RightscheckError)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("names", [("a", "b", "a"), ("",), (None,)])
def test_names_of_rulesets(names: tuple[str, ...]) -> None:
    with pytest.raises(EngineLimit, match="name"):
        Engine([RulesetSpec(name, ONE.clauses) for name in names])


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 10**9])
def test_timeouts(seconds: float) -> None:
    with pytest.raises(EngineLimit, match="timeout"):
        Engine([ONE], timeout_seconds=seconds)


def test_what_is_just_within_the_limits_is_right() -> None:
    wide = RulesetSpec(
        "wide",
        tuple(
            Clause(f"c{number}", tuple((f"f{(number * 7 + each) % 200}", ">=", number % 3) for each in range(60)))
            for number in range(48)
        ),
    )
    same = ruleset(*alike(40), name="same")
    flat = ruleset(*((("n", ">=", value - 100),) for value in range(48)), name="flat")
    assert len(wide.fields) == 200
    with Engine([wide, same, flat]) as engine, guard(60):
        for value in (0, 1, 2):
            fact = dict.fromkeys(wide.fields, value)
            assert engine.run("wide", fact) == oracle(wide, fact)
        assert len(engine.run("wide", dict.fromkeys(wide.fields, 2))) == 48
        assert len(engine.run("same", {"n": 1, "o": 1})) == 40
        assert len(engine.run("flat", {"n": 0})) == 48


# Facts the engine would misread


class Rank(IntEnum):
    HIGH = 1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "bool True"),
        (1.0, "float 1.0"),
        (float("nan"), "float nan"),
        ("1", "str '1'"),
        pytest.param("x" * 70_000, "str 'xxx", id="long"),
        (None, "NoneType None"),
        (TOP + 1, "int 2147483648"),
        (-TOP - 1, "int -2147483648"),
        (2**63, "int 9223372036854775808"),
        pytest.param(10**5000, "too long to print", id="huge"),
        ([1], "list [1]"),
        (Rank.HIGH, "Rank <Rank.HIGH: 1>"),
    ],
)
def test_values_that_are_refused(one: Engine, value: object, words: str) -> None:
    with pytest.raises(EngineFault, match="ruleset 'r': field 'n' is") as caught:
        one.run("r", {"n": value})  # type: ignore[dict-item]
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200
    assert one.run("r", {"n": 1}) == ("c0",)


def test_a_missing_field_is_refused(one: Engine) -> None:
    for fact in ({}, {"m": 1}, defaultdict(int), defaultdict(lambda: 1)):
        with pytest.raises(EngineFault, match="ruleset 'r': the fact has no field 'n'"):
            one.run("r", fact)
    assert one.run("r", defaultdict(int, n=1)) == ("c0",)
    assert one.run("r", MappingProxyType({"n": 1})) == ("c0",)


@pytest.mark.parametrize("fact", [None, 7, "n", ["n"]])
def test_a_fact_that_is_no_mapping_is_refused(one: Engine, fact: object) -> None:
    with pytest.raises(EngineFault, match="not a mapping"):
        one.run("r", fact)  # type: ignore[arg-type]


def test_an_unknown_ruleset_is_refused(one: Engine) -> None:
    with pytest.raises(EngineFault, match="there is no ruleset 'x'"):
        one.run("x", {"n": 1})


# Faults of the engine


def test_too_many_matches_when_the_limit_is_bypassed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "MAX_CLAUSES", 100)
    spec = ruleset(*((("n", ">=", value),) for value in range(1, 66)))
    with Engine([spec, RulesetSpec("one", ONE.clauses)]) as engine:
        for _ in range(20):
            assert len(engine.run("r", {"n": 63})) == 63
            with pytest.raises(EngineFault, match="ruleset 'r': the rules engine failed: .*303"):
                engine.run("r", {"n": 65})
            assert engine.run("r", {"n": 0}) == ()
            assert engine.run("r", {"n": 2}) == ("c0", "c1")
            assert engine.run("one", {"n": 1}) == ("c0",)


class Faulty:
    """The extension with one function replaced."""

    def __init__(self, real: Any, name: str, replacement: Any) -> None:
        self._real, self._name, self._replacement = real, name, replacement

    def __getattr__(self, name: str) -> Any:
        return self._replacement if name == self._name else getattr(self._real, name)


@contextlib.contextmanager
def faulty(engine: Engine, name: str, replacement: Any) -> Iterator[None]:
    core = engine._core
    assert core is not None
    real = core.extension
    core.extension = Faulty(real, name, replacement)
    try:
        yield
    finally:
        core.extension = real


def fired(rule: object, fact: str = '{"sid":"1","id":"1","aa":1}') -> tuple[str, str]:
    return "{}", f'{{"{rule}":{{"m":{fact}}}}}'


def raising(error: BaseException) -> Any:
    def call(*_: object) -> None:
        raise error

    return call


FAULTS = {
    "code of a seen fact": ("assert_fact", lambda *_: (2, 1), "unknown answer 2"),
    "code of a deferred fact": ("assert_fact", lambda *_: (3, 1), "unknown answer 3"),
    "error": ("assert_fact", raising(RuntimeError("error code:\n 303")), "failed: error code: 303"),
    "memory": ("assert_fact", raising(MemoryError()), "failed: MemoryError"),
    "none fired": ("start_action_for_state", lambda *_: None, "a rule matched and none fired"),
    "unknown rule": ("start_action_for_state", lambda *_: fired(9), "fired what was not asked"),
    "our primer": ("start_action_for_state", lambda *_: fired("z"), "fired what was not asked"),
    "another fact": ("start_action_for_state", lambda *_: fired(0, "{}"), "fired what was not asked"),
    "not text of the engine": ("start_action_for_state", lambda *_: ("", ""), "fired what was not asked"),
    "fired twice": ("complete_and_start_action", lambda *_: fired(0)[1], "'c0' fired twice or out of order"),
    "fired out of order": ("start_action_for_state", lambda *_: fired(1), "'c0' fired twice or out of order"),
    "error while firing": ("complete_and_start_action", raising(RuntimeError("307")), "failed: 307"),
    "not retracted": ("retract_fact", lambda *_: (1, 1), "could not be retracted"),
    "left over": ("get_facts", lambda *_: '[{"sid":"1"}]', "could not be retracted"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_of_the_engine_are_ours_and_leave_it_usable(name: str) -> None:
    function, replacement, words = FAULTS[name]
    spec = ruleset((("n", ">=", 1),), (("n", ">=", 0),))
    with Engine([spec]) as engine:
        assert engine.run("r", {"n": 1}) == ("c0", "c1")
        for _ in range(3):
            with faulty(engine, function, replacement), pytest.raises(EngineFault) as caught:
                engine.run("r", {"n": 1})
            assert words in str(caught.value)
            assert str(caught.value).startswith("ruleset 'r': ")
            assert "\n" not in str(caught.value)
            assert engine.run("r", {"n": 0}) == ("c1",)
            assert engine.run("r", {"n": 1}) == ("c0", "c1")


def test_a_firing_left_over_is_a_fault(one: Engine) -> None:
    assert one.run("r", {"n": 1}) == ("c0",)
    with faulty(one, "start_action_for_state", lambda *_: fired(0)):  # noqa: SIM117
        with pytest.raises(EngineFault, match="a firing was left over"):
            one.run("r", {"n": 0})
    assert one.run("r", {"n": 1}) == ("c0",)


@pytest.mark.parametrize(
    ("function", "replacement", "words"),
    [
        ("assert_fact", lambda *_: (1, 1), "does not pass its own test"),
        ("start_action_for_state", lambda *_: None, "does not pass its own test"),  # a clock before 1970-01-01T00:00:30
        ("start_action_for_state", lambda *_: fired(0), "does not pass its own test"),
        ("complete_and_start_action", lambda *_: fired(0)[1], "fires too much"),
        ("create_ruleset", raising(RuntimeError("error code: 204")), "failed: error code: 204"),
    ],
)
def test_an_engine_that_does_not_answer_is_refused(one: Engine, function: str, replacement: Any, words: str) -> None:
    with faulty(one, function, replacement), pytest.raises(EngineFault, match=words):
        one.run("r", {"n": 1})
    assert one.run("r", {"n": 1}) == ("c0",)


def test_an_interrupt_passes_and_leaves_nothing_behind() -> None:
    spec = ruleset((("n", ">=", 1),), (("n", ">=", 0),))
    with Engine([spec]) as engine:
        for function in ("assert_fact", "start_action_for_state", "complete_and_start_action", "retract_fact"):
            engine.run("r", {"n": 1})
            with faulty(engine, function, raising(KeyboardInterrupt())), pytest.raises(KeyboardInterrupt):
                engine.run("r", {"n": 1})
            assert engine.run("r", {"n": 0}) == ("c1",)


def test_a_cleanup_that_fails_is_not_tried_again(one: Engine) -> None:
    one.run("r", {"n": 1})
    core = one._core
    assert core is not None
    real = core.extension
    core.extension = Faulty(
        Faulty(real, "delete_state", raising(RuntimeError("309"))), "assert_fact", raising(RuntimeError("313"))
    )
    with pytest.raises(EngineFault, match="313"):
        one.run("r", {"n": 1})
    core.extension = real
    assert one.run("r", {"n": 1}) == ("c0",)


@pytest.mark.parametrize(
    "error",
    [
        ModuleNotFoundError("No module named 'durable_rules_engine'"),
        ImportError("/x/durable_rules_engine.so:\nundefined symbol: PyEval_CallObject"),
    ],
)
def test_a_build_that_does_not_load_says_how_to_mend_it(error: ImportError, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib, "import_module", raising(error))
    with pytest.raises(EngineFault) as caught:
        Engine([ONE])
    message = str(caught.value)
    assert "\n" not in message
    assert (
        'CPPFLAGS="-O3 -DPyEval_CallObject=PyObject_CallObject" pip install --no-cache-dir --force-reinstall '
        "durable-rules==2.0.28"
    ) in message


# Life of an engine


def test_closing() -> None:
    engine = Engine([ONE])
    assert engine.run("r", {"n": 1}) == ("c0",)
    engine.close()
    engine.close()
    with pytest.raises(EngineFault, match="closed"):
        engine.run("r", {"n": 1})
    Engine([ONE]).close()
    with Engine([ONE]) as other:
        assert other.run("r", {"n": 1}) == ("c0",)


def test_many_engines_at_once_and_one_after_another() -> None:
    chance = random.Random(5)
    specs = [random_spec(chance, 12, 6, "r") for _ in range(6)]
    engines = [Engine([spec]) for spec in specs]
    for _ in range(60):
        number = chance.randrange(len(specs))
        fact = random_fact(chance, specs[number])
        assert engines[number].run("r", fact) == oracle(specs[number], fact)
        if chance.random() < 0.3:
            engines[number].close()
            engines[number] = Engine([specs[number]])
            gc.collect()


def test_memory_stays_flat() -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    if not Path("/proc/self/statm").exists():
        pytest.skip("needs /proc")
    chance = random.Random(3)
    spec = random_spec(chance, 24, 12)
    facts = [random_fact(chance, spec) for _ in range(50)]

    def runs(engine: Engine, count: int) -> None:
        for number in range(count):
            engine.run("r", facts[number % 50])

    with Engine([spec]) as engine, guard(60):
        runs(engine, 1_000)
        before = resident()
        runs(engine, 15_000)
        assert resident() - before < 1_000_000
    for _ in range(10):
        Engine([spec]).run("r", facts[0])
    gc.collect()
    before = resident()
    for _ in range(60):  # a handle of this size holds some 500 KB
        Engine([spec]).run("r", facts[0])
    gc.collect()
    assert resident() - before < 8_000_000


def test_the_engine_is_not_called_again_from_inside_a_run(one: Engine) -> None:
    one.run("r", {"n": 1})
    real = one._core.extension  # type: ignore[union-attr]

    def nested(handle: int, text: str) -> tuple[int, int]:
        with pytest.raises(EngineFault, match="inside a run"):
            one.run("r", {"n": 0})
        with pytest.raises(EngineFault, match="inside a run"):
            one.close()
        return real.assert_fact(handle, text)

    with faulty(one, "assert_fact", nested):
        assert one.run("r", {"n": 1}) == ("c0",)
    assert one.run("r", {"n": 1}) == ("c0",)


def test_threads_take_turns() -> None:
    chance = random.Random(11)
    spec = random_spec(chance, 20, 8)
    facts = [random_fact(chance, spec) for _ in range(300)]
    expected = [oracle(spec, fact) for fact in facts]
    wrong: list[object] = []
    switch = sys.getswitchinterval()
    with Engine([spec]) as engine:

        def work(start: int) -> None:
            for number in range(300):
                number = (number + start) % 300
                if engine.run("r", facts[number]) != expected[number]:
                    wrong.append(number)

        threads = [threading.Thread(target=work, args=(start,)) for start in (0, 70, 140, 210)]
        sys.setswitchinterval(1e-6)
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            sys.setswitchinterval(switch)
    assert not wrong


def test_a_thread_that_waits_too_long_is_told() -> None:
    engine = Engine([ONE], timeout_seconds=0.05)
    core = engine._core
    assert core is not None
    core.hold(1)
    caught: list[EngineFault] = []

    def work() -> None:
        try:
            engine.run("r", {"n": 1})
        except EngineFault as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    core.let_go()
    assert "in use by another thread for 0.05 seconds" in str(caught[0])
    assert engine.run("r", {"n": 1}) == ("c0",)
    engine.close()


CHILD_SPEC = random_spec(random.Random(21), 30, 10)
_child: dict[str, Engine] = {}


def start_child(engine: Engine) -> None:
    _child["engine"] = engine


def run_in_child(fact: dict[str, int]) -> tuple[int, tuple[str, ...]]:
    return os.getpid(), _child["engine"].run("r", fact)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_process_pool(method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    chance = random.Random(22)
    facts = [random_fact(chance, CHILD_SPEC) for _ in range(100)]
    with Engine([CHILD_SPEC], timeout_seconds=20) as engine:
        expected = [engine.run("r", fact) for fact in facts]
        context = multiprocessing.get_context(method)
        with ProcessPoolExecutor(2, context, initializer=start_child, initargs=(engine,)) as pool:
            answers = list(pool.map(run_in_child, facts, chunksize=10))
        assert [names for _, names in answers] == expected == [oracle(CHILD_SPEC, fact) for fact in facts]
        assert os.getpid() not in {pid for pid, _ in answers}
        assert [engine.run("r", fact) for fact in facts] == expected


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_fork_in_the_middle_of_a_run(one: Engine) -> None:
    """The child may not touch the handles of its parent, nor wait for a lock that nobody will release."""
    one.run("r", {"n": 1})
    real = one._core.extension  # type: ignore[union-attr]
    status: list[int] = []

    def forking(handle: int, state: int) -> str | None:
        child = os.fork()
        if child == 0:
            try:
                fine = one.run("r", {"n": 1}) == ("c0",) and one.run("r", {"n": 0}) == ()
                one.close()
                one.close()
                os._exit(0 if fine else 1)
            finally:
                os._exit(2)
        status.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        return real.complete_and_start_action(handle, state)

    with faulty(one, "complete_and_start_action", forking):
        assert one.run("r", {"n": 1}) == ("c0",)
    assert status == [0]
    assert one.run("r", {"n": 1}) == ("c0",)


def test_a_pickled_engine_builds_its_own_handles(one: Engine) -> None:
    one.run("r", {"n": 1})
    with pickle.loads(pickle.dumps(one)) as copy:
        assert copy._timeout == one._timeout
        assert copy.run("r", {"n": 1}) == ("c0",)
        assert copy._core.networks["r"].handle != one._core.networks["r"].handle  # type: ignore[union-attr]
    assert one.run("r", {"n": 1}) == ("c0",)


# The last resort


def python(code: str, seconds: float = 20, **more: str) -> tuple[int, str, float]:
    environment = {**os.environ, "PYTHONPATH": str(Path(rightscheck.__file__).parents[1]), **more}
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=seconds, env=environment, check=False
    )
    return done.returncode, done.stdout + done.stderr, time.monotonic() - start


def test_a_state_is_not_freed_before_its_pointers_are_set() -> None:
    """Deleting a state before its first action frees garbage; the C library is asked to hand out dirty memory."""
    code = """
from rightscheck.readings import driver
driver.MAX_CLAUSES = 100
spec = driver.RulesetSpec("r", tuple(driver.Clause(f"c{n}", (("n", ">=", n),)) for n in range(1, 66)))
for first in (0, 1, 65):
    for _ in range(5):
        engine = driver.Engine([spec])
        try:
            engine.run("r", {"n": first})
        except driver.EngineFault as fault:
            assert "303" in str(fault)
        engine.close()
print("alive")
"""
    assert python(code, MALLOC_PERTURB_="190")[:2] == (0, "alive\n")


LOOP = """
import json, durable_rules_engine as raw
rules = {f"r{n}": {"all": [{"m": {"$eq": {"n": n}}}]} for n in range(600)}
def loop():
    raw.create_ruleset("raw", json.dumps(rules))
"""
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the exit code is faulthandler's")


@on_linux
def test_a_guard_ends_an_endless_loop_in_c() -> None:
    code = LOOP + "from rightscheck.readings.driver import guard\nwith guard(0.3):\n    loop()\nprint('ended')"
    status, said, seconds = python(code)
    assert (status, "ended" in said) == (3, False)
    assert "in loop" in said
    assert seconds < 10


@on_linux
def test_a_run_outside_a_guard_is_watched_too() -> None:
    code = """
from rightscheck.readings import driver
driver.MAX_CLAUSES = 1000
clauses = tuple(driver.Clause(f"c{n}", (("n", "==", n),)) for n in range(600))
print(driver.Engine([driver.RulesetSpec("r", clauses)], timeout_seconds=0.3).run("r", {"n": 1}))
"""
    status, said, seconds = python(code)
    assert status == 3
    assert "in build" in said
    assert seconds < 10


@on_linux
def test_guards_nest_and_end() -> None:
    code = LOOP + (
        "import time\n"
        "from rightscheck.readings.driver import guard\n"
        "with guard(0.3):\n    pass\n"
        "with guard(60):\n    with guard(0.3):\n        pass\n    time.sleep(0.6)\n"
        "print('alive', flush=True)\n"
        "with guard(0.5):\n    with guard(60):\n        pass\n    loop()\n"
    )
    status, said, _ = python(code)
    assert status == 3
    assert said.startswith("alive\n")


def test_a_guard_leaves_everything_as_it_was() -> None:
    before = signal.getsignal(signal.SIGQUIT) if hasattr(signal, "SIGQUIT") else None
    threads = threading.active_count()
    assert not watchdog.watching()
    with guard(60):
        assert watchdog.watching()
        with contextlib.suppress(ZeroDivisionError), guard(30):
            raise ZeroDivisionError
        assert watchdog.watching()
    assert not watchdog.watching()
    assert threading.active_count() == threads
    if before is not None:
        assert signal.getsignal(signal.SIGQUIT) == before
        caught: list[int] = []
        signal.signal(signal.SIGQUIT, lambda number, _: caught.append(number))
        try:
            with guard(60):
                pass
            os.kill(os.getpid(), signal.SIGQUIT)
            assert caught == [signal.SIGQUIT]
        finally:
            signal.signal(signal.SIGQUIT, before)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_guard_needs_a_time(seconds: float) -> None:
    with pytest.raises(ValueError, match="seconds"), guard(seconds):
        pass


def test_the_portable_guard() -> None:
    code = LOOP + (
        "from rightscheck.readings import watchdog\n"
        "watchdog.sys = type('sys', (), {'platform': 'elsewhere'})\n"
        "with watchdog.guard(0.2):\n    pass\n"
        "with watchdog.guard(60):\n    with watchdog.guard(0.5):\n        loop()\n"
    )
    status, said, seconds = python(code)
    assert status == 1
    assert "in loop" in said
    assert seconds < 10


def test_the_engine_reads_our_json_as_json() -> None:
    """What is sent is plain JSON, with the field codes and nothing else."""
    network = driver._Network(ruleset((("b", "==", -5), ("a", ">=", 1)), (("b", "<=", 2),)))
    assert json.loads(network.write({"a": 3, "b": -4, "c": 9})) == {"sid": "1", "id": "1", "aa": 3, "ab": -4}
    rules = json.loads(network.rules)
    assert list(rules) == ["0", "1", "z"]
    assert rules["0"] == {"all": [{"m": {"$and": [{"$eq": {"ab": -5}}, {"$gte": {"aa": 1}}]}}]}
