"""What strategies write lies where no real person is, and is what they declare."""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.digest import keyed_block, subject_message
from anonymizers.fiction import DOCUMENTATION_V4, PHONE_RANGES, is_reserved
from anonymizers.outputs import blocks_of
from anonymizers.registry import get, names
from anonymizers.transform import apply
from tests.unit.anonymizers.made_up_pools import POOLS

PARAMS: dict[str, list[dict[str, Any]]] = {
    "constant": [{"value": "x"}, {"value": "a.b (c) [d] + e|f"}, {"value": ""}],
    "email": [{}, {"domain": "mail.example.org"}],
    "phone": [{}, *({"country": country} for country in PHONE_RANGES)],
    "ip": [{}, {"version": 4}, {"version": 6}],
    "token": [{}, {"length": 20}, {"length": 21}],
}
CASES = [(name, params) for name in names() for params in PARAMS.get(name, [{}])]
KEY = b"\x07" * 32


def _written(name: str, params: dict[str, Any], key: str, original: object) -> Any:
    transform = get(name).transform(params)
    blocks = {block: keyed_block(KEY, subject_message("customer", key, block)) for block in blocks_of(transform)}
    return apply(transform, original, blocks, POOLS)


@pytest.mark.parametrize(("name", "params"), CASES, ids=str)
@given(key=st.text(max_size=20), original=st.sampled_from(["2001:db8::1", "2020-05-17", "192.168.1.1"]))
def test_every_value_is_what_the_strategy_declares(name: str, params: dict[str, Any], key: str, original: str) -> None:
    strategy, value = get(name), _written(name, params, key, original)
    pattern, longest, pool = strategy.output_pattern(params), strategy.max_length(params), strategy.pool(params)
    if value is None:
        assert pattern is None or name == "year"
        return
    assert pattern is not None and re.search(pattern, str(value))
    assert longest is not None and len(str(value)) <= longest
    assert pool is None or value in POOLS[pool]


@pytest.mark.parametrize(("name", "params"), CASES, ids=str)
def test_examples_are_of_the_declared_range(name: str, params: dict[str, Any]) -> None:
    strategy = get(name)
    examples = strategy.examples(params)
    if strategy.pool(params) or name in ("name", "year"):
        assert examples == (), "a pool or the original decides"
        return
    assert examples
    if not strategy.consistent:
        assert examples == (_written(name, params, "4711", "x"),), "the same for everybody"
    for example in examples:
        pattern = strategy.output_pattern(params)
        assert (example is None) == (pattern is None)
        assert pattern is None or re.search(pattern, str(example))


@pytest.mark.parametrize(("name", "params"), CASES, ids=str)
def test_null_stays_null(name: str, params: dict[str, Any]) -> None:
    assert _written(name, params, "4711", None) is None


@pytest.mark.parametrize("name", [name for name in names() if get(name).unique])
def test_unique_values_differ(name: str) -> None:
    assert len({_written(name, {}, str(key), "x") for key in range(20_000)}) == 20_000


def test_a_name_is_the_given_and_the_family_name_of_the_same_person() -> None:
    for key in map(str, range(50)):
        given_name, family = (_written(name, {}, key, "x") for name in ("given_name", "family_name"))
        assert _written("name", {}, key, "x") == f"{given_name} {family}"


def test_mail_goes_nowhere() -> None:
    for params in PARAMS["email"]:
        assert is_reserved(_written("email", params, "4711", "x").rpartition("@")[2])


@pytest.mark.parametrize("domain", ["northgate.com", "example.com.northgate.io", "notexample.com", "example", ""])
def test_a_domain_at_which_somebody_may_read_mail_is_refused(domain: str) -> None:
    wrong = get("email").wrong({"domain": domain})
    assert (wrong is None) == is_reserved(domain)
    assert is_reserved(domain) == (domain == "example")


@pytest.mark.parametrize("domain", ["person.example", "example.com", "a.example.net", "x.invalid", "y.test"])
def test_a_reserved_domain_passes(domain: str) -> None:
    assert get("email").wrong({"domain": domain}) is None


_FICTION = {  # as the authorities write them, with # for any digit
    "us": [r"\+1[2-9]\d\d55501\d\d"],
    "gb": [r"\+441632960\d{3}", r"\+442079460\d{3}", r"\+447700900\d{3}", r"\+443069990\d{3}", r"\+441\d\d4960\d{3}"],
    "de": [r"\+493023125\d{3}", r"\+492214710\d{3}", r"\+496990009\d{3}", r"\+494066969\d{3}", r"\+498999998\d{3}"],
    "fr": [rf"\+33{start}\d{{4}}" for start in ("19900", "26191", "35301", "46571", "53649", "63998")],
}


@pytest.mark.parametrize("country", PHONE_RANGES)
def test_telephone_numbers_are_those_of_films(country: str) -> None:
    numbers = {_written("phone", {"country": country}, str(key), "x") for key in range(3_000)}
    assert len(numbers) > 1_000
    assert [number for number in numbers if not any(re.fullmatch(form, number) for form in _FICTION[country])] == []


def test_addresses_are_those_of_documentation() -> None:
    networks = [ipaddress.ip_network(f"{start}0/24") for start in DOCUMENTATION_V4]
    for key in map(str, range(500)):
        four = ipaddress.ip_address(_written("ip", {}, key, "10.1.2.3"))
        six = ipaddress.ip_address(_written("ip", {}, key, "fe80::1"))
        assert any(four in network for network in networks)
        assert six in ipaddress.ip_network("2001:db8::/32")
        assert str(six) == _written("ip", {}, key, "fe80::1")


@pytest.mark.parametrize(
    ("original", "start"),
    [
        (date(2020, 2, 29), date(2020, 1, 1)),
        (datetime.fromisoformat("2020-12-31 23:59:59.999999"), datetime.fromisoformat("2020-01-01")),
        (datetime(2020, 5, 17, 1, 2, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)),
        (datetime(2021, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))), datetime(2020, 1, 1, tzinfo=UTC)),
        ("1987-06-05", "1987-01-01"),
        ("1987-06-05T10:00:00Z", "1987-01-01"),
        ("5 June 1987", None),
        ("", None),
    ],
)
def test_a_year_keeps_its_type(original: object, start: object) -> None:
    value = _written("year", {}, "1", original)
    assert value == start
    assert isinstance(original, datetime) == isinstance(value, datetime)


def test_what_has_no_year_is_an_error() -> None:
    with pytest.raises(TypeError, match="int has no year"):
        _written("year", {}, "1", 1987)
