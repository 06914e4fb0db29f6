from __future__ import annotations

import hashlib
import random

import pytest

from rightscheck.history.merkle import EMPTY, consistency_path, consistent, included, inclusion_path, root_of
from rightscheck.history.records import leaf_hash

# The tree of RFC 6962's own test data (leaves as in the Certificate Transparency reference implementation).
LEAVES = [bytes.fromhex(x) for x in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "60" * 16)]
LEAVES[7] = bytes(range(0x60, 0x70))
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves(size: int) -> list[bytes]:
    return [leaf_hash(str(i).encode()) for i in range(size)]


def test_roots_are_those_of_the_reference() -> None:
    assert hashlib.sha256(b"").digest() == EMPTY == root_of([])
    hashes = [leaf_hash(x) for x in LEAVES]
    assert [root_of(hashes[: i + 1]).hex() for i in range(8)] == ROOTS


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 33])
def test_every_true_proof_holds(size: int) -> None:
    tree = leaves(size)
    root = root_of(tree)
    for index in range(size):
        assert included(tree[index], index, size, inclusion_path(tree, index), root)
    for old in range(1, size + 1):
        assert consistent(old, root_of(tree[:old]), size, root, consistency_path(tree, old))


def forgeries(seed: int, amount: int) -> int:
    """Count forged proofs that are accepted."""
    rng, accepted = random.Random(seed), 0
    for _ in range(amount):
        size = rng.randrange(1, 40)
        tree = leaves(size)
        root = root_of(tree)
        index, old = rng.randrange(size), rng.randrange(1, size + 1)
        path, chain = inclusion_path(tree, index), consistency_path(tree, old)
        inside = [tree[index], index, size, path, root]
        across = [old, root_of(tree[:old]), size, root, chain]
        for proof, check in ((inside, included), (across, consistent)):
            forged = forge(rng, list(proof))
            if forged != proof and not same_claim(forged, proof):
                accepted += check(*forged)
    return accepted


def same_claim(forged: list[object], proof: list[object]) -> bool:
    """Whether only the size differs: hashes alone do not fix it, the signature of the checkpoint does."""
    return [*forged[:2], *forged[3:]] == [*proof[:2], *proof[3:]]


def forge(rng: random.Random, proof: list[object]) -> list[object]:
    place = rng.randrange(len(proof))
    value = proof[place]
    if isinstance(value, bytes):
        proof[place] = flip(rng, value)
    elif isinstance(value, int):
        proof[place] = value + rng.choice([-2, -1, 1, 2, 7])
    elif isinstance(value, list):
        steps = list(value)
        kind = rng.randrange(5)
        if kind == 0 or not steps:
            steps.insert(rng.randrange(len(steps) + 1), rng.randbytes(32))
        elif kind == 1:
            steps.pop(rng.randrange(len(steps)))
        elif kind == 2:
            rng.shuffle(steps)
        elif kind == 3:
            at = rng.randrange(len(steps))
            steps[at] = flip(rng, steps[at])
        else:
            at = rng.randrange(len(steps))
            steps[at] = steps[at][:-1]
        proof[place] = steps
    return proof


def flip(rng: random.Random, value: bytes) -> bytes:
    changed = bytearray(value)
    changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def test_forged_proofs_are_rejected() -> None:
    assert forgeries(1, 300) == 0


@pytest.mark.fuzz
def test_ten_thousand_forged_proofs_are_rejected() -> None:
    assert forgeries(2, 10_000) == 0
