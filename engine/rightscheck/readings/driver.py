"""The rules engine: durable-rules' C extension, driven so that its sharp edges cannot be reached.

The extension fails in silence or by crashing in many ways: too many matches, endless loops, facts known by
a 32-bit hash, loose types, actions that swallow exceptions. So this driver

* validates before: every limit of a ruleset and every value of a fact, before the extension sees them;
* sends little: integers only, under short field names of its own, one fact at a time under one fixed id;
* runs no Python inside the engine: it reads only which rule fired;
* checks after: the rule is known, fired once, in declared order, on this very fact, and nothing is left over;
* fails closed: on any error the handle is thrown away and `EngineFault` raised; the next run builds another.

A clause is a conjunction of comparisons: no network here has a join, a negation or a missing field. With at
most `MAX_CLAUSES` clauses the engine's stack of 64 matches, its table of 512 tests under one node and its
list of 256 rules under one test cannot fill up. The nodes the engine holds at once lie on different
branches, and every branch ends in a clause of its own.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import operator
import os
import re
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, cast

from rightscheck.problems import EngineFault
from rightscheck.readings.watchdog import guard, watching

__all__ = ["Clause", "Engine", "EngineFault", "EngineLimit", "RulesetSpec", "guard"]

MAX_CLAUSES: Final = 48  # the engine's stack holds 64 matches
MAX_FIELDS: Final = 200  # a fact of the engine holds 254 properties, two of them ours
MAX_TESTS: Final = 60  # of one clause
MAX_ALIKE: Final = 40  # clauses of one ruleset with the same tests; 256 would crash the engine
MAX_VALUE: Final = 2**31 - 1

_OPERATORS: Final = {"==": "$eq", ">=": "$gte", "<=": "$lte"}
_FIELD: Final = re.compile(r"[a-z_][a-z0-9_]*")
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
# Two letters for a field, whatever its name: the engine knows fields by a 32-bit hash, and these do not
# collide with each other nor with a name of its own.
_CODES: Final = tuple(a + b for a in _LETTERS for b in _LETTERS)[:MAX_FIELDS]
_SID: Final = "1"
_STATE: Final = 1  # where a handle keeps its first state; ours have no other
_HEAD: Final = '{"sid":"1","id":"1"'
_RETRACTION: Final = _HEAD + "}"
_PRIMER: Final = _HEAD + ',"zz":1}'
_PRIMER_RULE: Final = '"z":{"all":[{"m":{"$eq":{"zz":1}}}]}'
_PRIMER_FIRED: Final = '{"z":{"m":' + _PRIMER + "}}"
_HANDLED: Final = 0
_NOT_HANDLED: Final = 1
_BAD_VALUE: Final = f"the limit is an int from -{MAX_VALUE} to {MAX_VALUE}"
_INSTALL: Final = (
    'CPPFLAGS="-O3 -DPyEval_CallObject=PyObject_CallObject" '
    "pip install --no-cache-dir --force-reinstall durable-rules==2.0.28"
)


class EngineLimit(EngineFault):
    """A ruleset the engine could not hold, refused before the engine sees it."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule of the engine: a conjunction of integer comparisons.

    `name` is unique in its ruleset. A test is a field, an operator (`==`, `>=` or `<=`) and an int. Tests
    that many clauses share, and tests that are seldom true, are best put first.
    """

    name: str
    tests: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class RulesetSpec:
    """A named set of clauses which the engine evaluates together and fires in declared order."""

    name: str
    clauses: tuple[Clause, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields its clauses read, sorted."""
        return tuple(sorted({field for clause in self.clauses for field, _, _ in clause.tests}))


class _Extension(Protocol):
    """What is used of the extension module."""

    def create_ruleset(self, name: str, rules: str, /) -> int: ...
    def delete_ruleset(self, handle: int, /) -> None: ...
    def assert_fact(self, handle: int, fact: str, /) -> tuple[int, int]: ...
    def retract_fact(self, handle: int, fact: str, /) -> tuple[int, int]: ...
    def start_action_for_state(self, handle: int, state: int, /) -> tuple[str, str] | None: ...
    def complete_and_start_action(self, handle: int, state: int, /) -> str | None: ...
    def abandon_action(self, handle: int, state: int, /) -> None: ...
    def delete_state(self, handle: int, sid: str, /) -> None: ...
    def get_facts(self, handle: int, sid: str, /) -> str: ...


def _extension() -> _Extension:
    try:
        return cast(_Extension, importlib.import_module("durable_rules_engine"))
    except ImportError as error:
        why = _one_line(error)
        raise EngineFault(f"the rules engine does not load ({why}); install it with: {_INSTALL}") from error


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _brief(value: object) -> str:
    """A value for a message: its type and a short line of it."""
    large = isinstance(value, int) and abs(value) > 10**20
    return f"{type(value).__name__} {'too long to print' if large else ascii(value)[:60]}"


def _check(spec: RulesetSpec) -> None:
    """Raise `EngineLimit` for the first thing in `spec` that the engine cannot hold or would get wrong."""
    where = f"ruleset {spec.name!r}"
    if len(spec.clauses) > MAX_CLAUSES:
        raise EngineLimit(f"{where}: {len(spec.clauses)} clauses, the limit is {MAX_CLAUSES} a ruleset")
    _check_names(f"{where}, clause", [clause.name for clause in spec.clauses])
    for clause in spec.clauses:
        here = f"{where}, clause {clause.name!r}"
        if not clause.tests:
            raise EngineLimit(f"{here}: no test, the least is 1")
        if len(clause.tests) > MAX_TESTS:
            raise EngineLimit(f"{here}: {len(clause.tests)} tests, the limit is {MAX_TESTS} a clause")
        for test in clause.tests:
            _check_test(here, test)
    if len(spec.fields) > MAX_FIELDS:
        raise EngineLimit(f"{where}: {len(spec.fields)} fields, the limit is {MAX_FIELDS} a ruleset")
    alike = Counter(frozenset(clause.tests) for clause in spec.clauses)
    for clause in spec.clauses:
        same = alike[frozenset(clause.tests)]
        if same > MAX_ALIKE:
            here = f"{where}, clause {clause.name!r}"
            raise EngineLimit(f"{here}: {same} clauses with the same tests, the limit is {MAX_ALIKE}")


def _check_names(what: str, names: Sequence[object]) -> None:
    for name in names:
        if type(name) is not str or not name:
            raise EngineLimit(f"{what} {name!r}: a name is a text that is not empty")
        if names.count(name) > 1:
            raise EngineLimit(f"{what} {name!r}: the name is used {names.count(name)} times, the limit is 1")


def _check_test(here: str, test: object) -> None:
    if not (isinstance(test, tuple) and len(test) == 3):
        raise EngineLimit(f"{here}: a test is a field, an operator and an int, not {_brief(test)}")
    field, op, value = test
    if type(field) is not str or not _FIELD.fullmatch(field):
        raise EngineLimit(f"{here}: field {_brief(field)}, the limit is small letters, digits and _")
    if type(op) is not str or op not in _OPERATORS:
        raise EngineLimit(f"{here}: operator {_brief(op)} on {field!r}, the limit is ==, >= and <=")
    if type(value) is not int or abs(value) > MAX_VALUE:
        raise EngineLimit(f"{here}: value {_brief(value)} on {field!r}, {_BAD_VALUE}")


class _Network:
    """One ruleset: its text for the engine, how its facts are written, and its handle once it is built."""

    __slots__ = ("fields", "handle", "heads", "names", "pick", "rules", "template", "title")

    def __init__(self, spec: RulesetSpec) -> None:
        self.title = f"ruleset {spec.name!r}"
        self.names = tuple(clause.name for clause in spec.clauses)
        self.fields = spec.fields
        self.handle = 0
        code = dict(zip(self.fields, _CODES, strict=False))
        # The engine knows a rule by its number, so a clause may have any name.
        self.heads = {f'{{"{number}': number for number in range(len(self.names))}
        rules = []
        for number, clause in enumerate(spec.clauses):
            tests = ",".join(f'{{"{_OPERATORS[op]}":{{"{code[f]}":{n}}}}}' for f, op, n in clause.tests)
            rules.append(f'"{number}":{{"all":[{{"m":{{"$and":[{tests}]}}}}]}}')
        self.rules = "{" + ",".join((*rules, _PRIMER_RULE)) + "}"
        self.template = _HEAD + "".join(f',"{code[field]}":%d' for field in self.fields) + "}"
        # With one name alone itemgetter gives no tuple: another comes first, and is cut off.
        first = self.fields[0] if self.fields else ""
        pick = operator.itemgetter(first, *self.fields)
        self.pick: Callable[[Mapping[str, int]], tuple[int, ...]] = pick

    def write(self, fact: Mapping[str, int]) -> str:
        """The fact as the engine's text: the fields the ruleset reads, all of them, all plain ints."""
        try:
            if type(fact) is not dict:
                fact = dict(fact)  # a mapping that makes up missing values must not make them up here
            values = self.pick(fact)[1:]
        except KeyError as error:
            raise EngineFault(f"{self.title}: the fact has no field {error.args[0]!r}") from None
        except (TypeError, ValueError):
            raise EngineFault(f"{self.title}: the fact is {_brief(fact)}, not a mapping") from None
        if set(map(type, values)) != {int} or max(values) > MAX_VALUE or min(values) < -MAX_VALUE:
            for field, value in zip(self.fields, values, strict=True):
                if type(value) is not int or abs(value) > MAX_VALUE:
                    raise EngineFault(f"{self.title}: field {field!r} is {_brief(value)}, {_BAD_VALUE}")
        return self.template % values


class _Core:
    """The handles of one engine in one process."""

    def __init__(self, specs: Iterable[RulesetSpec]) -> None:
        self.extension = _extension()
        self.pid = os.getpid()
        self.lock = threading.Lock()
        self.holder = 0
        self.networks = {spec.name: _Network(spec) for spec in specs}

    def hold(self, seconds: float) -> None:
        """Wait for other threads' runs, for at most `seconds`; then the handles are ours until `let_go`."""
        me = threading.get_ident()
        if not self.lock.acquire(blocking=False):
            if self.holder == me:
                raise EngineFault("the rules engine was called again from inside a run")
            if not self.lock.acquire(timeout=seconds):
                raise EngineFault(f"the rules engine was in use by another thread for {seconds:g} seconds")
        self.holder = me

    def let_go(self) -> None:
        self.holder = 0
        self.lock.release()

    def build(self, network: _Network) -> int:
        """Create the handle and fire a rule of ours on it.

        The engine sets some pointers of a state only at its first action; deleting a state before that frees
        garbage. This first firing sets them. It also proves that the engine answers at all.
        """
        extension = self.extension
        handle = extension.create_ruleset("r", network.rules)
        code, state = extension.assert_fact(handle, _PRIMER)
        first = extension.start_action_for_state(handle, state) if code == _HANDLED else None
        if state != _STATE or first is None or first[1] != _PRIMER_FIRED:
            raise EngineFault(f"{network.title}: the rules engine does not pass its own test")
        if extension.complete_and_start_action(handle, state) is not None:
            raise EngineFault(f"{network.title}: the rules engine fires too much on its own test")
        self.clean(network, handle, _PRIMER)
        network.handle = handle
        return handle

    def fire(self, network: _Network, text: str) -> tuple[str, ...]:
        """Assert the fact, read which rules fire, retract it; raise for anything unforeseen."""
        extension = self.extension
        handle = network.handle or self.build(network)
        code, state = extension.assert_fact(handle, text)
        fired: list[str] = []
        if code == _HANDLED:
            names, heads = network.names, network.heads
            tail = '":{"m":' + text + "}}"
            cut = -len(tail)
            last = -1
            first = extension.start_action_for_state(handle, state)
            message = first[1] if first is not None else None
            if message is None:
                raise EngineFault(f"{network.title}: a rule matched and none fired")
            while message is not None:
                number = heads.get(message[:cut])
                if number is None or not message.endswith(tail):
                    raise EngineFault(f"{network.title}: fired what was not asked: {_brief(message)}")
                if number <= last:
                    raise EngineFault(f"{network.title}: {names[number]!r} fired twice or out of order")
                last = number
                fired.append(names[number])
                message = extension.complete_and_start_action(handle, state)
        elif code != _NOT_HANDLED:
            raise EngineFault(f"{network.title}: unknown answer {code} to a fact")
        self.clean(network, handle, _RETRACTION)
        return tuple(fired)

    def clean(self, network: _Network, handle: int, text: str) -> None:
        """Retract the fact and check that nothing of it is left."""
        extension = self.extension
        code, state = extension.retract_fact(handle, text)
        if code != _HANDLED or extension.get_facts(handle, _SID) != "[]":
            raise EngineFault(f"{network.title}: the fact could not be retracted")
        if extension.start_action_for_state(handle, state) is not None:
            raise EngineFault(f"{network.title}: a firing was left over")

    def drop(self, network: _Network) -> None:
        """Free the handle with all it holds; what the engine will not free is never used again."""
        handle, network.handle = network.handle, 0
        if handle:
            with contextlib.suppress(Exception):
                self.extension.abandon_action(handle, _STATE)
                self.extension.delete_state(handle, _SID)
                self.extension.delete_ruleset(handle)

    def release(self) -> None:
        """Free every handle, unless this is a child's copy of its parent's."""
        if self.pid == os.getpid():
            for network in self.networks.values():
                self.drop(network)


class Engine:
    """The rulesets of a rulebook, ready to run facts.

    One engine serves one process: after a fork the child builds its own handles, and a pickled engine builds
    them where it arrives. The extension is not thread-safe and keeps the interpreter lock, so the runs of one
    engine take turns; for parallel work use processes.
    """

    def __init__(self, rulesets: Sequence[RulesetSpec], *, timeout_seconds: float = 10.0) -> None:
        """Check every limit and load the extension; a handle is built when it is first needed.

        Raises `EngineLimit` for a ruleset the engine cannot hold, `EngineFault` when the extension does not
        load. `timeout_seconds` bounds one run outside a `guard`, and the wait for another thread.
        """
        if not (math.isfinite(timeout_seconds) and 0 < timeout_seconds <= 86_400):
            raise EngineLimit(f"timeout of {timeout_seconds!r} seconds, the limit is a day and more than 0")
        self._rulesets = tuple(rulesets)
        self._timeout = timeout_seconds
        _check_names("ruleset", [spec.name for spec in self._rulesets])
        for spec in self._rulesets:
            _check(spec)
        self._core: _Core | None = None
        self._open()

    def _open(self) -> _Core:
        core = _Core(self._rulesets)
        self._core = core
        self._release = weakref.finalize(self, core.release)
        self._release.atexit = False
        return core

    def run(self, ruleset: str, fact: Mapping[str, int]) -> tuple[str, ...]:
        """The names of the clauses of `ruleset` that hold of `fact`, in declared order.

        Every field the ruleset reads must be there as a plain int (bool is refused); others are not sent.
        Outside a `guard` each run opens one of its own; one `guard` around many runs is faster.
        """
        core = self._core
        if core is None:
            raise EngineFault("the rules engine is closed")
        if core.pid != os.getpid():
            self._release.detach()
            core = self._open()
        network = core.networks.get(ruleset)
        if network is None:
            raise EngineFault(f"there is no ruleset {ruleset!r}")
        if not network.names:
            return ()
        text = network.write(fact)
        core.hold(self._timeout)
        try:
            if self._core is not core:
                raise EngineFault("the rules engine is closed")
            if watching():
                return core.fire(network, text)
            with guard(self._timeout):
                return core.fire(network, text)
        except BaseException as error:
            core.drop(network)
            if isinstance(error, EngineFault) or not isinstance(error, Exception):
                raise
            raise EngineFault(f"{network.title}: the rules engine failed: {_one_line(error)}") from error
        finally:
            core.let_go()

    def close(self) -> None:
        """Free the handles; a second call does nothing. A closed engine refuses to run."""
        core = self._core
        if core is None:
            return
        if core.pid == os.getpid():
            core.hold(self._timeout)
            try:
                self._core = None
                self._release()
            finally:
                core.let_go()
        else:
            self._core = None
            self._release.detach()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Callable[..., Engine], tuple[tuple[RulesetSpec, ...]]]:
        return partial(Engine, timeout_seconds=self._timeout), (self._rulesets,)
