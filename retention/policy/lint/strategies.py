"""Each strategy exists, takes its parameters, and writes what the column can hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from retention.model.rule import Action, Consistent, Replace
from retention.model.schema import Column, Table
from retention.policy.column_types import Family, family, longest_text
from retention.policy.documents.base import shown
from retention.policy.finding import Finding
from retention.policy.lint.tables import GroupTable
from retention.policy.naming import choose_from
from retention.policy.strategy_facts import Registry, Strategy, Wrong, registry

_WORDS = {str: "a text", int: "a whole number", bool: "true or false", float: "a number"}


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """One column that is replaced."""

    table: GroupTable
    column: Column
    treatment: Replace
    strategy: Strategy
    known: Registry

    def others(self, test: Callable[[Strategy], bool]) -> str:
        """The strategies for which the test holds, for a remedy."""
        return ", ".join(sorted(name for name in self.known.names() if test(self.known.get(name)))) or "none"

    @property
    def well_typed(self) -> bool:
        valid = self.strategy.params
        return all(name in valid and _is_a(value, valid[name]) for name, value in self.treatment.params.items())

    @property
    def wrong(self) -> Wrong | None:
        return self.strategy.wrong(self.treatment.params) if self.well_typed else None

    @property
    def usable(self) -> bool:
        """Whether what the parameters lead to can be asked."""
        return self.well_typed and self.wrong is None

    @property
    def name(self) -> str:
        return f"{self.table.table.name}.{self.column.name}"

    def found(self, code: str, what: str, remedy: str, *key: str, remark: bool = False) -> Finding:
        path = ("columns", self.column.name, "strategy", *key)
        return self.table.found(code, path, what, remedy, remark=remark)


def check(table: GroupTable) -> Iterator[Finding]:
    known = registry()
    if known is None or table.read.rule.disposition.action is Action.DELETE:
        return
    for use in table.uses:
        if isinstance(use.treatment, Replace) and use.treatment.strategy not in known.names():
            yield _unknown(table, use.column, use.treatment.strategy, known)
    for replaced in replaced_columns(table):
        yield from _params(replaced)
        for fits in (_writable, _null, _consistent, _subject, _unique, _kind, _length):
            yield from fits(replaced)


def replaced_columns(table: GroupTable) -> Iterator[Replaced]:
    """Those of which both column and strategy are known."""
    known = registry()
    if known is None or table.read.rule.disposition.action is Action.DELETE:
        return
    for use in table.uses:
        column = table.table.column(use.column)
        if column is not None and isinstance(use.treatment, Replace) and use.treatment.strategy in known.names():
            strategy = known.get(use.treatment.strategy)
            yield Replaced(table=table, column=column, treatment=use.treatment, strategy=strategy, known=known)


def _unknown(table: GroupTable, column: str, name: str, known: Registry) -> Finding:
    remedy = choose_from(name, known.names(), what="strategies")
    return table.found("R220", ("columns", column, "strategy"), f"the strategy {name!r} is not known", remedy)


def _params(use: Replaced) -> Iterator[Finding]:
    yield from _names_and_types(use)
    wrong = use.wrong
    if wrong is None:
        return
    spoken = wrong.parameter in _spoken(use)
    if not spoken or wrong.parameter in use.treatment.params:  # else it is no constant: said where the file was read
        yield use.found("R221", wrong.what, wrong.remedy, *((wrong.parameter,) if spoken else ()))


def _names_and_types(use: Replaced) -> Iterator[Finding]:
    valid = use.strategy.params
    for name, value in use.treatment.params.items():
        if name not in valid:
            what = f"the strategy {use.strategy.name} has no parameter {name!r}"
            yield use.found("R221", what, choose_from(name, valid, what="parameters"), name)
        elif not _is_a(value, valid[name]):
            what = f"the parameter {name!r} of {use.strategy.name} cannot be {shown(value)}"
            yield use.found("R221", what, f"write {_WORDS.get(valid[name], valid[name].__name__)}", name)


def _is_a(value: object, wanted: type) -> bool:
    if isinstance(value, bool):
        return wanted in (bool, object)
    return isinstance(value, wanted) or (wanted is float and not isinstance(value, str))


def _writable(use: Replaced) -> Iterator[Finding]:
    if use.column.generated:
        what = f"{use.name} is computed by the database and cannot be written"
        remedy = "write `keep: computed from replaced columns`, and replace the columns that it is computed from"
        yield use.found("R230", what, remedy)


def _null(use: Replaced) -> Iterator[Finding]:
    if use.strategy.needs_null and not use.column.nullable:
        what = f"{use.strategy.name} writes NULL, and {use.name} is NOT NULL"
        yield use.found("R225", what, "choose a strategy that writes a value, such as constant or token")


def _kind(use: Replaced) -> Iterator[Finding]:
    """A type that we do not know is left to the database."""
    if not use.usable:
        return
    holds, writes = family(use.column.type), use.strategy.output_kinds(use.treatment.params)
    if holds is Family.OTHER or holds in writes:
        return
    written = ", ".join(sorted(writes))
    what = f"{use.strategy.name} writes {written}, and {use.name} holds {holds} ({use.column.type})"
    fitting = use.others(lambda strategy: holds in strategy.output_kinds({}))
    yield use.found("R228", what, f"choose a strategy that can write a {holds}: {fitting}")


def _length(use: Replaced) -> Iterator[Finding]:
    if not use.usable:
        return
    limit, longest = longest_text(use.column.type), use.strategy.max_length(use.treatment.params)
    if limit is not None and longest is not None and longest > limit:
        holds = f"{use.name} holds {limit} ({use.column.type})"
        what = f"{use.strategy.name} writes up to {longest} characters, and {holds}"
        yield use.found("R227", what, "choose a strategy or parameters that write less, or make the column wider")


def _consistent(use: Replaced) -> Iterator[Finding]:
    if "consistent" not in _spoken(use) or use.treatment.consistent in use.strategy.consistent:
        return
    ways = sorted(use.strategy.consistent)
    what = f"{use.strategy.name} cannot be consistent for the {use.treatment.consistent}"
    remedy = f"write consistent: {' or '.join(ways)}" if ways else "leave `consistent` out: it writes no pseudonym"
    yield use.found("R229", what, remedy, "consistent")


def _subject(use: Replaced) -> Iterator[Finding]:
    spoken = "consistent" in _spoken(use)
    if spoken and use.treatment.consistent is Consistent.SUBJECT and use.table.read.rule.subject is None:
        what = f"{use.name} is to be consistent for the subject, and the rule's rows are about nobody"
        yield use.found("R229", what, "write `consistent: value` or `consistent: row`, or declare the subject")


def _spoken(use: Replaced) -> frozenset[str]:
    """The keys that the file writes for this strategy."""
    read, path = use.table.read, (*use.table.path, "columns", use.column.name, "strategy")
    lines = read.reading.text.lines
    return frozenset(str(key[-1]) for key in lines if key[:-1] == path)


def _unique(use: Replaced) -> Iterator[Finding]:
    keys = [key for key in use.table.table.unique if use.column.name in key]
    if not keys or use.strategy.needs_null:
        return
    columns = ", ".join(keys[0])
    if not use.strategy.unique:
        key = f"{use.table.table.name}({columns})"
        what = f"{use.strategy.name} gives equal values to different rows, and {key} is unique"
        unique = use.others(lambda strategy: strategy.unique)
        yield use.found("R226", what, f"choose a strategy whose values are unique: {unique}")
    elif _by_subject(use) and not _one_row_per_subject(use.table):
        what = (
            f"{use.name} is unique, and several rows of {use.table.table.name} can be about one subject: "
            "consistent: subject gives them one value"
        )
        remedy = f"write {{name: {use.strategy.name}, consistent: row}} (or value)"
        yield use.found("R226", what, remedy)


def _by_subject(use: Replaced) -> bool:
    return use.treatment.consistent is Consistent.SUBJECT and use.table.read.rule.subject is not None


def _one_row_per_subject(table: GroupTable) -> bool:
    """Whether the subject's key stands in the root row as a key of it, and members follow one to one."""
    rule, schema = table.read.rule, table.read.reading.schema
    if rule.subject is None or rule.subject.path or not _is_key(table.read.table, (rule.subject.key,)):
        return False
    parents: Mapping[str, str] = {member.table: member.parent for member in rule.members}
    joins = {member.table: member.join.columns for member in rule.members}
    name = table.table.name
    while name in parents:
        if not _is_key(schema.tables[name], joins[name]):
            return False
        name = parents[name]
    return True


def _is_key(table: Table, columns: tuple[str, ...]) -> bool:
    return any(key and set(key) <= set(columns) for key in (table.primary_key, *table.unique))
