"""Encrypted columns get the newest key, so that older ones can be thrown away.

Every column of the type `Encrypted` there is, also those that come later.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, String, Table, and_, bindparam, func, select, type_coerce, update

from chancendialog.extensions import Encrypted, Model, as_newest, db

BATCH = 200  # rows per transaction


def values_to_renew() -> int:
    """How many encrypted values there are."""
    return sum(
        db.session.scalar(select(func.count(column)).select_from(column.table)) or 0
        for column in encrypted_columns()
    )


def renew() -> Iterator[tuple[int, int]]:
    """Encrypt every value with the newest key; give how many were seen, and are lost, per batch.

    A value that no key opens is left as it is: the key may turn up. A value that
    changes meanwhile keeps the change. Commits after each batch, or others could
    not write; begun again, it does everything again, which does no harm.
    """
    for column in encrypted_columns():
        yield from _renew(column)


def unreadable() -> int:
    """How many encrypted values no key opens. Decrypts them all."""
    return sum(
        as_newest(stored) is None
        for column in encrypted_columns()
        for stored in db.session.scalars(
            select(type_coerce(column, String)).where(column.is_not(None))
        )
    )


def encrypted_columns() -> list[Column[Any]]:
    """Each column of the whole database that is encrypted."""
    return [
        column
        for table in Model.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Encrypted)
    ]


def _renew(column: Column[Any]) -> Iterator[tuple[int, int]]:
    table = column.table
    assert isinstance(table, Table)
    (number,) = table.primary_key.columns  # whatever is encrypted has one id
    as_stored = type_coerce(column, String)
    some = (
        select(number, as_stored.label("stored"))
        .where(number > bindparam("last"), column.is_not(None))
        .order_by(number)
        .limit(BATCH)
    )
    unchanged = and_(number == bindparam("number"), as_stored == bindparam("stored", type_=String))
    anew = update(table).where(unchanged).values({column: bindparam("anew", type_=String)})
    last = 0
    while rows := db.session.execute(some, {"last": last}).all():
        last = rows[-1][0]
        renewed = [
            {"number": row[0], "stored": row.stored, "anew": written}
            for row in rows
            if (written := as_newest(row.stored))
        ]
        if renewed:
            db.session.connection().execute(anew, renewed)
        db.session.commit()
        yield len(rows), len(rows) - len(renewed)
