"""What a CHECK demands, as far as it is simple: comparisons, lists, LIKE, lengths. Each database spells it anew, and
sqlglot reads it; what takes part in no proof is a call of something else."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from retention.policy.check_nodes import Call, Compared, Joined, Listed, Literal, Named, Negated, Node

_DIALECTS = {"postgresql": "postgres", "mariadb": "mysql", "sqlite": "sqlite"}
_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.Like: "like",
    exp.ILike: "ilike",
}
_SHAPE = ("this", "expression", "expressions", "low", "high", "negate", "to")  # what nodes are made of
_KNOWN = frozenset((*_SHAPE, "_type", "is_string", "binary", "position", "safe"))
_OF_TEXT = {exp.DataType.Type.TEXT, exp.DataType.Type.VARCHAR}
_TRIMS = {None: "trim", "BOTH": "trim", "LEADING": "ltrim", "TRAILING": "rtrim"}


class NotUnderstood(Exception):
    """The text is none of what is read here."""


def read_check(text: str, columns: tuple[str, ...], dialect: str) -> Node:
    """``columns``: of the table. Raises NotUnderstood."""
    try:
        return _Reader(columns, dialect).node(sqlglot.parse_one(text, dialect=_DIALECTS.get(dialect)))
    except (SqlglotError, RecursionError):
        raise NotUnderstood from None


class _Reader:
    def __init__(self, columns: tuple[str, ...], dialect: str) -> None:
        self._columns = {column.lower(): column for column in columns}
        self._dialect = dialect

    def node(self, one: exp.Expr) -> Node:
        """A setting that is not known here might turn the meaning around."""
        if not {name for name, value in one.args.items() if value} <= _KNOWN:
            return self._other(one)
        plain = self._plain(one)
        return Negated(plain) if one.args.get("negate") else plain

    def _plain(self, one: exp.Expr) -> Node:
        match one:
            case exp.Paren() | exp.Introducer() | exp.Collate():
                return self.node(one.expression if isinstance(one, exp.Introducer) else one.this)
            case exp.And() | exp.Or():
                return Joined(isinstance(one, exp.And), tuple(self.node(part) for part in one.flatten(unnest=False)))
            case exp.Not():
                return Negated(self.node(one.this))
            case exp.Is(expression=exp.Null() | exp.Boolean()):
                return Compared("is", self.node(one.this), self.node(one.expression))
            case exp.In() if one.expressions:
                return Compared("in", self.node(one.this), self._listed(one.expressions))
            case exp.Between():
                value, low, high = (self.node(one.args[name]) for name in ("this", "low", "high"))
                return Joined(True, (Compared(">=", value, low), Compared("<=", value, high)))
        if type(one) in _COMPARISONS:
            return self._compared(one, _COMPARISONS[type(one)])
        return self._value(one)

    def _compared(self, one: exp.Expr, operator: str) -> Node:
        """PostgreSQL writes ``= ANY (ARRAY[..])`` for IN, and ``<> ALL (ARRAY[..])`` for NOT IN."""
        right = one.expression
        every = isinstance(right, exp.Anonymous) and right.name.upper() == "ALL"
        if not isinstance(right, exp.Any) and not every:
            return Compared(operator, self.node(one.this), self.node(right))
        listed = (right.expressions[0] if every else right.this).find(exp.Array)
        if listed is None or operator != ("<>" if every else "="):
            return self._other(one)
        among = Compared("in", self.node(one.this), self._listed(listed.expressions))
        return Negated(among) if every else among

    def _listed(self, items: list[exp.Expr]) -> Listed:
        return Listed(tuple(map(self.node, items)))

    def _value(self, one: exp.Expr) -> Node:
        match one:
            case exp.Null():
                return Literal(None)
            case exp.Boolean() | exp.Literal(is_string=True):
                return Literal(one.this)
            case exp.Literal():
                return Literal(_number(one.name))
            case exp.Neg(this=exp.Literal(is_string=False)):
                return Literal(-Decimal(_number(one.this.name)))
            case exp.Column():
                return self._named(one)
            case exp.Cast():
                return self._cast(one)
            case exp.Date(this=exp.Literal(is_string=True)) if not one.expressions:
                return Literal(one.this.this)
        return self._called(one)

    def _named(self, one: exp.Column) -> Node:
        if one.name.lower() in self._columns:
            return Named(self._columns[one.name.lower()])
        if self._dialect == "sqlite" and one.this.quoted:
            return Literal(one.name)  # SQLite takes what is no column for a text
        raise NotUnderstood

    def _cast(self, one: exp.Cast) -> Node:
        """To a text without a limit it changes nothing that is told here, and little of a constant."""
        inner = self.node(one.this)
        if one.to.expressions or not (one.to.this in _OF_TEXT or isinstance(inner, Literal)):
            return self._other(one)
        if not isinstance(inner, Literal):
            return inner
        if isinstance(inner.value, str) and one.to.this in exp.DataType.NUMERIC_TYPES:
            return Literal(_number(inner.value))
        rounds = isinstance(inner.value, Decimal) and one.to.this in exp.DataType.INTEGER_TYPES
        return self._other(one) if rounds else inner

    def _called(self, one: exp.Expr) -> Node:
        match one:
            case exp.Lower() | exp.Upper():
                return Call(one.key, (self.node(one.this),))
            case exp.Length():
                counts_bytes = self._dialect != "mariadb" or one.args.get("binary")
                return Call("length" if counts_bytes else "char_length", (self.node(one.this),))
            case exp.Trim() if one.args.get("expression") is None:
                return Call(_TRIMS[one.args.get("position")], (self.node(one.this),))
            case exp.Coalesce():
                return Call("coalesce", tuple(map(self.node, (one.this, *one.expressions))))
            case exp.Anonymous():
                return Call(one.name.lower(), tuple(map(self.node, one.expressions)))
        return self._other(one)

    def _other(self, one: exp.Expr) -> Node:
        """Nobody can tell what it gives; but which columns it reads."""
        if one.find(exp.Query):
            raise NotUnderstood
        return Call("other", tuple(self._named(column) for column in one.find_all(exp.Column)))


def _number(text: str) -> int | Decimal:
    try:
        return int(text) if text.isdecimal() else Decimal(text)
    except InvalidOperation:
        raise NotUnderstood from None
