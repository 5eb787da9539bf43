"""The published vectors, and what is pinned beside them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from anonymizers.digest import BLOCK_BYTES, SLICES, Slice, keyed_block, row_message, subject_message, value_message
from anonymizers.pools import POOLS as FAMILIES
from anonymizers.registry import get, names
from anonymizers.transform import apply
from tests.unit.anonymizers.made_up_pools import POOLS

VECTORS: dict[str, Any] = YAML(typ="safe").load(Path(__file__).with_name("vectors.yaml").read_text(encoding="utf-8"))
SUBKEY = bytes.fromhex(VECTORS["subkey"])


@pytest.mark.parametrize("vector", VECTORS["blocks"], ids=lambda vector: vector["what"])
def test_a_block_is_hmac_sha_256_of_its_message(vector: dict[str, str]) -> None:
    assert keyed_block(SUBKEY, vector["message"]).hex() == vector["block"]
    key, message = SUBKEY.ljust(64, b"\0"), vector["message"].encode()
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + message).digest()
    assert hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner).hexdigest() == vector["block"]


@pytest.mark.parametrize("vector", VECTORS["values"], ids=lambda vector: f"{vector['strategy']} {vector['params']}")
def test_a_strategy_gives_the_published_value(vector: dict[str, Any]) -> None:
    blocks = {block: keyed_block(SUBKEY, subject_message("customer", "4711", block)) for block in (0, 1)}
    transform = get(vector["strategy"]).transform(vector["params"])
    assert apply(transform, "an original", blocks, POOLS) == vector["value"]


def test_every_strategy_that_reads_a_digest_has_a_vector() -> None:
    assert {name for name in names() if get(name).consistent} <= {vector["strategy"] for vector in VECTORS["values"]}


def test_the_slices_that_were_published_stay() -> None:
    """A line may be added here; none may be changed."""
    published = {
        "given_name": Slice(0, 0, 3),
        "family_name": Slice(0, 3, 3),
        "email": Slice(0, 6, 10),
        "phone": Slice(0, 16, 3),
        "street": Slice(0, 19, 3),
        "city": Slice(0, 22, 3),
        "postcode": Slice(0, 25, 3),
        "region": Slice(0, 28, 3),
        "token": Slice(1, 0, 16),
        "ip": Slice(1, 16, 6),
        "organization": Slice(1, 22, 3),
    }
    assert dict(SLICES) == published


def test_no_two_families_read_the_same_byte() -> None:
    taken: set[tuple[int, int]] = set()
    for at in SLICES.values():
        bytes_ = {(at.block, position) for position in range(at.offset, at.offset + at.length)}
        assert at.offset + at.length <= BLOCK_BYTES
        assert not taken & bytes_
        taken |= bytes_


def test_the_longest_values_of_pools_stay() -> None:
    assert {name: family.longest for name, family in FAMILIES.items()} == {
        "given_name": 14,
        "family_name": 16,
        "street": 40,
        "city": 30,
        "postcode": 10,
        "region": 30,
        "organization": 40,
    }


def test_messages_of_different_kinds_are_never_equal() -> None:
    texts = ["value", "row", "email", "4711", "crm", "\x1f", ""]
    subjects = {subject_message(kind, key, 0) for kind in ("value", "row", "customer") for key in texts}
    values = {value_message(strategy, value, 0) for strategy in ("email", "name") for value in texts}
    rows = {row_message(dataset, "accounts", [key], 0) for dataset in ("crm", "billing") for key in texts}
    assert not subjects & values
    assert not subjects & rows
    assert not values & rows
    assert len(subjects) == 3 * len(texts)


@pytest.mark.parametrize("kind", ["", "a\x1fb"])
def test_a_kind_of_subject_is_a_word(kind: str) -> None:
    with pytest.raises(ValueError, match="word"):
        subject_message(kind, "1", 0)
