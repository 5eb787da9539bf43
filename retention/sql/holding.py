"""Which holds cover one row."""

from __future__ import annotations

from sqlalchemy import Connection, and_, literal, select

from retention.sql.compiled_rule import RuleContext


def holds_on(connection: Connection, context: RuleContext, key: tuple[object, ...]) -> tuple[str, ...]:
    """Ids of the holds on the subject of the root row with this key, as the dataset knows them, in order."""
    subject = context.rule.subject
    if subject is None:
        return ()
    root, hold = context.root, context.own.hold
    here = and_(*(root.c[name] == value for name, value in zip(context.rule.primary_key, key, strict=True)))
    covering = and_(hold.c.kind == literal(subject.kind), hold.c.subject_key == context.subject_key())
    statement = select(hold.c.hold_id).select_from(root.join(hold, covering)).where(here).order_by(hold.c.hold_id)
    return tuple(connection.execute(statement).scalars())
