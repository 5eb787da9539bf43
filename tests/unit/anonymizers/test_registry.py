"""Strategies by name, and the facts that they declare."""

from __future__ import annotations

import pytest

from anonymizers import registry
from anonymizers.pools import POOLS
from anonymizers.strategy import EVERYTHING
from retention.model.rule import Consistent
from retention.policy.column_types import Family


def test_a_name_is_registered_once() -> None:
    with pytest.raises(ValueError, match="'email' is registered already"):
        registry.register(registry.get("email"))


def test_an_unknown_name_lists_those_that_there_are() -> None:
    with pytest.raises(KeyError) as caught:
        registry.get("emial")
    assert str(caught.value).startswith("the strategy 'emial' is not known; did you mean 'email'? strategies: city, ")


def test_techniques_and_rules_use_the_same_words() -> None:
    assert {family.value for family in Family} == EVERYTHING
    for name in registry.names():
        assert registry.get(name).consistent <= {way.value for way in Consistent}


@pytest.mark.parametrize("name", registry.names())
def test_facts_agree_with_each_other(name: str) -> None:
    strategy = registry.get(name)
    assert strategy.name == name
    assert not strategy.unique or strategy.consistent
    assert strategy.pool({"value": "x"}) in (None, *POOLS)
    assert strategy.output_kinds({}) <= EVERYTHING
    needed = {parameter.name for parameter in strategy.parameters if parameter.needed}
    wrong = strategy.wrong({})
    assert (wrong is not None) == bool(needed)
    assert strategy.needs_null == (strategy.output_pattern({"value": "x"}) is None)


@pytest.mark.parametrize(
    ("name", "params", "parameter"),
    [
        ("constant", {}, "value"),
        ("token", {"length": 19}, "length"),
        ("token", {"length": 33}, "length"),
        ("phone", {"country": "atlantis"}, "country"),
        ("ip", {"version": 5}, "version"),
    ],
)
def test_a_parameter_out_of_its_range_is_named(name: str, params: dict[str, object], parameter: str) -> None:
    wrong = registry.get(name).wrong(params)
    assert wrong is not None
    assert wrong.parameter == parameter
    assert wrong.remedy
