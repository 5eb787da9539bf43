"""What kind of value a column holds, guessed from its name and type. In doubt it is personal: a person looks at it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from retention.model.rule import IDENTIFYING, ValueKind
from retention.model.schema import Column, Table
from retention.policy.column_types import Family, family, longest_text
from retention.policy.proposals.names import words_of

TIMES = (Family.DATE, Family.DATETIME, Family.INSTANT)
TOO_SHORT = 3  # characters: a flag or a code, and nobody's value

# A name that ends in one of these says the kind; else one that has it anywhere. The first that fits counts.
_NAMES = (
    (ValueKind.TOKEN, "(device|session|visitor|cookie|client|advertising|tracking)_id|mac_address|card_token"),
    (ValueKind.OTHER, "(tax|national|passport|personal|social_security)_(id|number|no)|ssn|iban|bic|vat_(id|number)"),
    (ValueKind.EMAIL, "(e_?)?mail(_?(address|addr))?"),
    (ValueKind.IP, "ip(v[46])?(_?(address|addr))?|remote_addr(ess)?"),
    (ValueKind.PHONE, "((tele|mobile_?|cell_?|home_?|work_?)?phone|telefon|mobile|cell|fax|tel|msisdn)"
     "(_?(number|no))?"),
    (ValueKind.GIVEN_NAME, "(first|given|fore|middle)_?name|fname|vorname|initials"),
    (ValueKind.FAMILY_NAME, "(last|family|sur|maiden)_?name|lname|nachname"),
    (ValueKind.BIRTH_DATE, "birth(_?(date|day|year))?|dob|date_of_birth|born(_on)?|geburtsdatum"),
    (ValueKind.TOKEN, "user_?name|login(_name)?|nick(_?name)?|handle|screen_name|token|cookie|fingerprint|guid|uid"),
    (ValueKind.ORGANIZATION, "(company|organi[sz]ation|employer|firm|firma)(_name)?"),
    (ValueKind.POSTCODE, "post(al)?_?code|zip(_?code)?|plz"),
    (ValueKind.COUNTRY, "country(_?(code|name|iso))?"),
    (ValueKind.CITY, "city|town|locality|suburb"),
    (ValueKind.REGION, "region|province|county|bundesland"),
    (ValueKind.STREET, "street(_?(name|number|address))?|(postal_)?address(_?line)?|addr|line|strasse"
     "|house_?(number|no)"),
    (ValueKind.NONE, "(product|item|event|plan|category|type|field|host|domain|campaign|template|role|group|class"
     "|brand|table|job|task|service|app|currency|store|unit|tag|queue|schema|model|method|feature)_?name"),
    (ValueKind.OTHER, "gender|sex|salutation|religion|ethnicity|nationality|marital_status|(id_)?card(_?(number|no))?"
     "|account_?(number|no)|salary|income|wage|latitude|longitude|lat|lng|location|photo|image|avatar|picture"
     "|signature|website|homepage|url|user_agent|browser|device|passw(or)?d(_hash)?|pwd|secret|salt|diagnosis|age"
     "|occupation|profession|licen[cs]e(_?(number|plate))?"),
    (ValueKind.NAME, "(full|display|contact|holder|owner|customer|user|person)?_?name|author|recipient|sender|contact"),
    (ValueKind.FREE_TEXT, "notes?|comments?|remarks?|messages?|body|description|contents?|text|subject|memo"
     "|bio(graphy)?|about|preferences|feedback|answers?|reason|details|summary|extra|payload|data|metadata|attributes|search"
     "|title"),
    (ValueKind.NONE, "status|state|type|kind|code|currency|category|locale|lang(uage)?|plan|sku|channel|source|level"
     "|slug|version|method|flag|unit|priority|rating|role|colou?r|size|time_?zone|zone|quantity|amount|total|price"),
    (ValueKind.KEY, "id|uuid|number|no|nr|ref|reference|key"),
)  # fmt: skip
_Patterns: TypeAlias = tuple[tuple[ValueKind, re.Pattern[str]], ...]
_AT_THE_END: _Patterns = tuple((kind, re.compile(f"(?:^|_)(?:{names})$")) for kind, names in _NAMES)
_ANYWHERE: _Patterns = tuple(
    (kind, re.compile(f"(?:^|_)(?:{names})(?:_|$)")) for kind, names in _NAMES if kind is not ValueKind.KEY
)
_TIME = re.compile(r"(?:^|_)(?:at|on|date|datetime|timestamp|time|epoch|ts|ms|created|updated|since|until)$")
_NUMBERS = (ValueKind.PHONE, ValueKind.POSTCODE, ValueKind.BIRTH_DATE, ValueKind.KEY, ValueKind.IP, ValueKind.OTHER)
_ADDRESS = (ValueKind.CITY, ValueKind.COUNTRY, ValueKind.POSTCODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """``doubt``: what a person should look at; empty where name and type say enough."""

    kind: ValueKind
    doubt: str = ""


def guesses(table: Table) -> dict[str, Guess]:
    """Every column of the table with its kind."""
    keys = {*table.primary_key, *(column for key in table.foreign_keys for column in key.columns)}
    found = {column.name: _guess(column, key=column.name in keys) for column in table.columns}
    has_address = any(guess.kind in _ADDRESS for guess in found.values())
    personal = [name for name, guess in found.items() if guess.kind in IDENTIFYING and not guess.doubt]
    for column in table.columns:
        words = words_of(column.name)
        if words[-1:] == ("state",) and has_address and found[column.name].kind is ValueKind.NONE:
            found[column.name] = Guess(kind=ValueKind.REGION)
        if words == ("name",) and found[column.name].kind is ValueKind.NAME and personal == [column.name]:
            found[column.name] = Guess(kind=ValueKind.NAME, doubt="none, if it names no person")
    return found


def _guess(column: Column, *, key: bool) -> Guess:
    name, holds = "_".join(words_of(column.name)), family(column.type)
    kind = _named(name)
    if key:
        own = kind in IDENTIFYING and holds is Family.TEXT
        return Guess(kind=ValueKind.KEY, doubt=f"a key that looks like {_a(kind)}" if own and kind else "")
    if holds in TIMES:
        return Guess(kind=ValueKind.BIRTH_DATE if kind is ValueKind.BIRTH_DATE else ValueKind.DATE)
    if holds is Family.TRUTH:
        return Guess(kind=ValueKind.NONE)
    if holds in (Family.INTEGER, Family.NUMBER):
        return _number(name, holds)
    if holds is Family.NETWORK:
        return Guess(kind=ValueKind.IP)
    if holds is Family.UUID:
        return Guess(kind=kind if kind is ValueKind.TOKEN else ValueKind.KEY)
    if holds is Family.BINARY:
        return Guess(kind=ValueKind.OTHER, doubt="binary: what does it hold?")
    if holds is Family.OTHER and kind is None and column.type.upper().startswith(("ENUM", "SET")):
        return Guess(kind=ValueKind.NONE)
    if holds is Family.OTHER and kind is None:
        return Guess(kind=ValueKind.FREE_TEXT, doubt=f"{column.type}: what does it hold?")
    return _text(column, name, kind)


def _number(name: str, holds: Family) -> Guess:
    """A number that only has to do with a person's value (phone_verified) is none."""
    kind = _named(name, (_AT_THE_END,))
    if holds is Family.INTEGER and _TIME.search(name):
        return Guess(kind=ValueKind.DATE)
    if kind in _NUMBERS and (holds is Family.INTEGER or kind is ValueKind.OTHER):
        return Guess(kind=kind)
    return Guess(kind=ValueKind.NONE)


def _text(column: Column, name: str, kind: ValueKind | None) -> Guess:
    if _TIME.search(name) and kind is None:
        return Guess(kind=ValueKind.DATE)
    if kind is ValueKind.FREE_TEXT and name.endswith("title"):
        return Guess(kind=ValueKind.OTHER, doubt="whose title? none, if it names and describes no person")
    if kind is not None:
        return Guess(kind=kind)
    longest = longest_text(column.type)
    if longest is not None and longest <= TOO_SHORT:
        return Guess(kind=ValueKind.NONE)
    return Guess(kind=ValueKind.OTHER, doubt="not known by its name; none, if it says nothing of a person")


def _named(name: str, groups: tuple[_Patterns, ...] = (_AT_THE_END, _ANYWHERE)) -> ValueKind | None:
    for patterns in groups:
        for kind, pattern in patterns:
            if pattern.search(name):
                return kind
    return None


def _a(kind: ValueKind) -> str:
    word = str(kind).replace("_", " ")
    return f"{'an' if word[0] in 'aeio' else 'a'} {word}"
