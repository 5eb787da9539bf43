"""What a CHECK demands, as far as it is simple: comparisons, lists, LIKE, lengths. Each database spells it anew."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from retention.policy.check_nodes import Call, Compared, Joined, Listed, Literal, Named, Negated, Node


class NotUnderstood(Exception):
    """The text is none of what is read here."""


_TOKEN = re.compile(
    r"""\s*(?: (?:[eE]|_[a-z0-9]+)?'(?P<text>(?:[^'\\]|''|\\.)*)'
    | (?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`)
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<word>[A-Za-z_][\w$]*)
    | (?P<sign>!~~\*|!~~|~~\*|~~|!~\*|!~|~\*|::|<=|>=|<>|!=|==|\|\||[-+*/%=<>~().,\[\]]) )""",
    re.VERBOSE,
)
_COMPARISONS = {"=": "=", "==": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_LIKE = {"~~": "like", "~~*": "ilike", "like": "like", "ilike": "ilike"}
_NOT_LIKE = {"!~~": "like", "!~~*": "ilike"}
_OTHERS = {"~", "~*", "!~", "!~*", "regexp", "rlike", "glob", "match", "similar"}  # patterns that are not read
_ARITHMETIC = {"+", "-", "*", "/", "%", "||"}
_OF_A_TYPE = {"varying", "precision", "with", "without", "time", "zone"}  # words that follow the first of a type
_WORDS = {"null": None, "true": True, "false": False}
_RESERVED = {"and", "or", "not", "in", "is", "like", "between", "case", "when", "then", "else", "end", "interval"}


def read_check(text: str, columns: tuple[str, ...], dialect: str) -> Node:
    """``columns``: of the table. Raises NotUnderstood."""
    try:
        return _Reader(_tokens(text, dialect), columns, dialect).whole()
    except RecursionError:
        raise NotUnderstood from None


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # text, quoted, number, word, sign, end
    text: str

    @property
    def key(self) -> str:
        return self.text.lower() if self.kind in ("word", "sign") else ""


def _tokens(text: str, dialect: str) -> list[_Token]:
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise NotUnderstood
        kind = str(match.lastgroup)
        found.append(_Token(kind, _unescaped(match["text"], dialect) if kind == "text" else match[kind]))
        at = match.end()
    return [*found, _Token("end", "")]


def _unescaped(text: str, dialect: str) -> str:
    if "\\" in text:
        if dialect != "mariadb" or re.search(r"\\[^'\\]", text):
            raise NotUnderstood  # elsewhere it stands in expressions for patterns, and in escapes of their own
        text = text.replace("\\'", "'").replace("\\\\", "\\")
    return text.replace("''", "'")


class _Reader:
    """By recursive descent: OR binds less than AND, AND less than NOT."""

    def __init__(self, tokens: list[_Token], columns: tuple[str, ...], dialect: str) -> None:
        self._tokens, self._at = tokens, 0
        self._columns = {column.lower(): column for column in columns}
        self._dialect = dialect

    def whole(self) -> Node:
        node = self._any()
        if self._next.kind != "end":
            raise NotUnderstood
        return node

    # -- steps ---------------------------------------------------------------------------------------------------

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._next
        self._at += token.kind != "end"
        return token

    def _took(self, *keys: str) -> bool:
        """Whether the next words are these; then they are behind us."""
        following = [token.key for token in self._tokens[self._at : self._at + len(keys)]]
        if following == list(keys):
            self._at += len(keys)
            return True
        return False

    def _expect(self, key: str) -> None:
        if not self._took(key):
            raise NotUnderstood

    # -- truth values --------------------------------------------------------------------------------------------

    def _any(self) -> Node:
        return self._series(self._every, "or")

    def _every(self) -> Node:
        return self._series(self._negation, "and")

    def _series(self, part: Callable[[], Node], word: str) -> Node:
        parts = [part()]
        while self._took(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Joined(word == "and", tuple(parts))

    def _negation(self) -> Node:
        return Negated(self._negation()) if self._took("not") else self._comparison()

    def _comparison(self) -> Node:
        left = self._sum()
        if self._took("is"):
            negated = self._took("not")
            word = self._take()
            if word.key not in _WORDS:
                raise NotUnderstood
            return _negated(Compared("is", left, Literal(_WORDS[word.key])), negated)
        negated = self._took("not")
        key = self._next.key
        if negated and key not in ("in", "between", "like", "ilike", *_OTHERS):
            raise NotUnderstood
        if key in _COMPARISONS:
            self._take()
            return self._compared(left, _COMPARISONS[key])
        if key in _LIKE or key in _NOT_LIKE:
            self._take()
            operator = _LIKE.get(key) or _NOT_LIKE[key]
            return _negated(Compared(operator, left, self._sum()), negated or key in _NOT_LIKE)
        if key in _OTHERS:
            self._take()
            return Call("pattern", (left, self._sum()))
        if self._took("in"):
            self._expect("(")
            return _negated(Compared("in", left, self._list(")")), negated)
        if self._took("between"):
            low = self._sum()
            self._expect("and")
            both = Joined(True, (Compared(">=", left, low), Compared("<=", left, self._sum())))
            return _negated(both, negated)
        return left

    def _compared(self, left: Node, operator: str) -> Node:
        """PostgreSQL writes ``= ANY (ARRAY[..])`` for IN, and ``<> ALL (ARRAY[..])`` for NOT IN."""
        for word, spelled in (("any", "="), ("all", "<>")):
            if self._took(word, "("):
                listed = self._sum()
                self._expect(")")
                if operator != spelled or not isinstance(listed, Listed):
                    raise NotUnderstood
                return _negated(Compared("in", left, listed), operator == "<>")
        return Compared(operator, left, self._sum())

    # -- values --------------------------------------------------------------------------------------------------

    def _sum(self) -> Node:
        node = self._cast()
        while self._next.key in _ARITHMETIC:
            self._take()
            node = Call("arithmetic", (node, self._cast()))
        return node

    def _cast(self) -> Node:
        node = self._value()
        while True:
            if self._took("::"):
                node = self._typed(node)
            elif self._took("collate"):
                self._take()
            else:
                return node

    def _typed(self, node: Node) -> Node:
        """A cast changes nothing that is told here, but one that cuts off."""
        self._name_of_type()
        cuts = False
        while True:
            if self._took("("):
                self._list(")")
                cuts = True
            elif self._took("[", "]"):
                continue
            elif self._next.key in _OF_A_TYPE:
                self._take()
            else:
                return Call("cast", (node,)) if cuts else node

    def _name_of_type(self) -> None:
        if self._take().kind not in ("word", "quoted"):
            raise NotUnderstood
        while self._took("."):
            self._take()

    def _value(self) -> Node:
        token = self._take()
        match token.kind:
            case "text":
                return Literal(token.text)
            case "number":
                return Literal(Decimal(token.text) if "." in token.text else int(token.text))
            case "quoted":
                return self._quoted(token.text)
            case "word":
                return self._word(token.key)
        match token.key:
            case "[" if self._dialect == "sqlite":
                name = self._take().text
                self._expect("]")
                return self._quoted(f"[{name}]")
            case "-" if self._next.kind == "number":
                return Literal(-Decimal(self._take().text))
            case "(":
                node = self._any()
                self._expect(")")
                return node
        raise NotUnderstood

    def _word(self, word: str) -> Node:
        if word in _WORDS:
            return Literal(_WORDS[word])
        if word == "array" and self._took("["):
            return self._list("]")
        if word in _RESERVED:
            raise NotUnderstood
        if self._took("("):
            return Call(word, self._list(")").items)
        if word in self._columns:
            return Named(self._columns[word])
        if word == "date" and self._next.kind == "text":
            return Literal(self._take().text)
        return Call(word, ())  # such as CURRENT_DATE

    def _quoted(self, token: str) -> Node:
        name = token[1:-1].replace(token[0] * 2, token[0])
        if name.lower() in self._columns:
            return Named(self._columns[name.lower()])
        if self._dialect == "sqlite" and token[0] == '"':
            return Literal(name)  # SQLite takes what is no column for a text
        raise NotUnderstood

    def _list(self, end: str) -> Listed:
        items: list[Node] = []
        while not self._took(end):
            items.append(self._any())
            if self._next.key != end:
                self._expect(",")
        return Listed(tuple(items))


def _negated(node: Node, negated: bool) -> Node:
    return Negated(node) if negated else node
