"""The reading by columns: a Boolean circuit over bit vectors, one bit a row, built once and run on many rows at once.

Equal parts of a circuit are built once. A program is the circuit's live part in an order that keeps few vectors in
use at a time; a vector is freed after its last use.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint64]
ZERO, ONE = 0, 1
IN, AND, OR, NOT = range(4)


class Circuit:
    """Nodes by number: inputs by key, and gates over earlier nodes; 0 is false and 1 is true."""

    def __init__(self) -> None:
        self.gates: list[tuple[int, int, int]] = [(IN, 0, 0), (IN, 1, 1)]
        self.inputs: dict[Hashable, int] = {}
        self._known: dict[tuple[int, int, int], int] = {}

    def input(self, key: Hashable) -> int:
        """Return the node of an input, made once for a key."""
        if key not in self.inputs:
            self.inputs[key] = len(self.gates)
            self.gates.append((IN, len(self.gates), 0))
        return self.inputs[key]

    def _gate(self, op: int, a: int, b: int) -> int:
        key = (op, a, b)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self.gates)
            self.gates.append(key)
        return found

    def no(self, a: int) -> int:
        """Return the negation of a node."""
        if a <= ONE:
            return ONE - a
        op, inner, _ = self.gates[a]
        return inner if op == NOT else self._gate(NOT, a, a)

    def both(self, a: int, b: int) -> int:
        """Return the conjunction of two nodes."""
        if a > b:
            a, b = b, a
        if a == ZERO or self._known.get((NOT, a, a)) == b or self._known.get((NOT, b, b)) == a:
            return ZERO
        return b if a in (ONE, b) else self._gate(AND, a, b)

    def either(self, a: int, b: int) -> int:
        """Return the disjunction of two nodes."""
        if a > b:
            a, b = b, a
        if b == ONE or a == ONE or self._known.get((NOT, a, a)) == b or self._known.get((NOT, b, b)) == a:
            return ONE
        return b if a in (ZERO, b) else self._gate(OR, a, b)

    def all(self, nodes: Iterable[int]) -> int:
        """Return the conjunction of nodes; true of none."""
        found = ONE
        for node in sorted(set(nodes)):
            found = self.both(found, node)
        return found

    def any(self, nodes: Iterable[int]) -> int:
        """Return the disjunction of nodes; false of none."""
        found = ZERO
        for node in sorted(set(nodes)):
            found = self.either(found, node)
        return found

    def but(self, a: int, b: int) -> int:
        """Return a node without another."""
        return self.both(a, self.no(b))

    def program(self, outputs: Sequence[int]) -> Program:
        """Return the program that computes these nodes, in their order."""
        return Program(self, outputs)


@dataclass
class _Bound:
    steps: list[tuple[Any, Any, Any, Any]]
    inputs: dict[Hashable, Bits]
    outputs: npt.NDArray[np.uint64]


@dataclass
class Program:
    """A circuit's part that some outputs need, in order, with vectors given out and taken back."""

    circuit: Circuit
    outputs: Sequence[int]
    _order: list[int] = field(default_factory=list)
    _bound: dict[int, _Bound] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._order = self._schedule()
        needed = set(self._order) | set(self.outputs)
        self.inputs = {key: node for key, node in self.circuit.inputs.items() if node in needed}

    def __len__(self) -> int:
        return sum(1 for node in self._order if self.circuit.gates[node][0] != IN)

    def _schedule(self) -> list[int]:
        gates = self.circuit.gates
        seen = bytearray(len(gates))
        order: list[int] = []
        for output in self.outputs:
            stack = [output]
            while stack:
                node = stack[-1]
                op, a, b = gates[node]
                if seen[node]:
                    stack.pop()
                    continue
                waiting = [n for n in (b, a) if not seen[n]] if op != IN else []
                if waiting:
                    stack.extend(waiting)
                    continue
                seen[node] = 1
                order.append(node)
                stack.pop()
        return order

    def _bind(self, words: int) -> _Bound:
        gates = self.circuit.gates
        rows = {node: row for row, node in reversed(list(enumerate(self.outputs)))}
        out = np.zeros((len(self.outputs), words), dtype=np.uint64)
        last: dict[int, int] = {}
        for when, node in enumerate(self._order):
            op, a, b = gates[node]
            if op != IN:
                last[a] = last[b] = when
        place: dict[int, Bits] = {}
        free: list[Bits] = []
        steps: list[tuple[Any, Any, Any, Any]] = []
        inputs: dict[Hashable, Bits] = {}
        names = {node: key for key, node in self.inputs.items()}
        for when, node in enumerate(self._order):
            op, a, b = gates[node]
            if op == IN:
                place[node] = np.zeros(words, dtype=np.uint64)
                if node == ONE:
                    place[node][:] = np.uint64(0xFFFFFFFFFFFFFFFF)
                if node in names:
                    inputs[names[node]] = place[node]
                continue
            fresh = node not in rows and not free
            mine = np.empty(words, dtype=np.uint64) if fresh else out[rows[node]] if node in rows else free.pop()
            if op == NOT:
                steps.append((_invert, place[a], None, mine))
            else:
                steps.append((np.bitwise_and if op == AND else np.bitwise_or, place[a], place[b], mine))
            place[node] = mine
            for used in {a, b}:
                if last[used] == when and used not in rows and gates[used][0] != IN:
                    free.append(place[used])
        for row, node in enumerate(self.outputs):  # inputs, constants and doubles among the outputs are copied
            if rows[node] != row or gates[node][0] == IN:
                steps.append((_copy, place[node], None, out[row]))
        return _Bound(steps, inputs, out)

    def run(self, given: Mapping[Hashable, Bits], words: int) -> npt.NDArray[np.uint64]:
        """Return the outputs as rows of words; they stay valid until the next run of this width.

        Inputs that are not given are false. Bits beyond the rows that are meant hold nothing of use.
        """
        bound = self._bound.get(words)
        if bound is None:
            self._bound.clear()
            bound = self._bound[words] = self._bind(words)
        for key, vector in bound.inputs.items():
            found = given.get(key)
            if found is None:
                vector.fill(0)
            else:
                np.copyto(vector, found)
        for function, a, b, out in bound.steps:
            function(a, b, out)
        return bound.outputs


def _invert(a: Bits, _: None, out: Bits) -> None:
    np.invert(a, out)


def _copy(a: Bits, _: None, out: Bits) -> None:
    np.copyto(out, a)


def pack(flags: npt.NDArray[np.bool_], words: int) -> Bits:
    """Return a vector of bits from flags, filled up with false."""
    found = np.zeros(words * 8, dtype=np.uint8)
    packed = np.packbits(flags, bitorder="little")
    found[: len(packed)] = packed
    return found.view(np.uint64)


def unpack(bits: Bits, rows: int) -> npt.NDArray[np.uint8]:
    """Return the first bits of a vector as 0 and 1."""
    return np.unpackbits(bits.view(np.uint8), count=rows, bitorder="little")


def words_for(rows: int) -> int:
    """Return how many words hold so many rows."""
    return (rows + 63) // 64


__all__ = ["AND", "IN", "NOT", "ONE", "OR", "ZERO", "Bits", "Circuit", "Program", "pack", "unpack", "words_for"]
