"""One opened dataset: its engine, and the kinds of transactions in which its rows are read and written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from retention.model.dataset import Dataset
from retention.model.errors import Problem, TransientError, refuse
from retention.sql.dialects import dialect_named
from retention.sql.dialects.base import Dialect
from retention.sql.own_tables import OwnTables


@dataclass(frozen=True)
class Database:
    """No connection is kept between uses, so that secrets and temporary tables end with the session that made them."""

    dataset: Dataset
    engine: Engine
    dialect: Dialect
    own: OwnTables

    @classmethod
    def open(cls, dataset: Dataset, url: str) -> Database:
        """Raises TransientError R301 where nobody answers; RetentionError R301 for an address that cannot be read or
        whose driver is missing, R302 for an unknown dialect, R314 for a pooler that shares sessions, R315 for a SQLite
        address without a file, R325 for a MariaDB address without a database, R318, R319, R323, R324 for a server that
        will not do. No message says anything of the address."""
        where = f"dataset {dataset.id}"
        parsed = _parsed(url, where)
        dialect = dialect_named(backend_of(parsed), parsed.database or "")
        engine = _engine(dialect, dialect.prepare_url(parsed, where), where)
        dialect.configure(engine)
        try:
            dialect.refuse_unfit(engine, where)
        except DBAPIError as error:
            reason = dialect.why_unreachable(error)
            raise TransientError(
                Problem(
                    code="R301",
                    what=f"cannot connect: {reason}",
                    where=where,
                    remedy="check that the server runs, and the address, user and password; then try again",
                )
            ) from None
        return cls(dataset=dataset, engine=engine, dialect=dialect, own=OwnTables.of(dialect))

    # -- a connection for one transaction ------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One state of the database throughout; nothing can be written."""
        with self.session() as connection, self.reading_on(connection):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """For our own tables. Commits at the end."""
        with self.session() as connection, self.writing_on(connection):
            yield connection

    @contextmanager
    def batch(self) -> Iterator[Connection]:
        """Behind the fence: waits while a hold is being placed. Commits at the end."""
        with self.session() as connection, self.batch_on(connection):
            yield connection

    @contextmanager
    def placing(self) -> Iterator[Connection]:
        """The fence itself: waits for running batches, and no batch runs beside it. Commits at the end."""
        with self.session() as connection, self.placing_on(connection):
            yield connection

    # -- a connection for several --------------------------------------------------------------------------------

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """A connection outside of any transaction: temporary tables and installed secrets live as long as it does.

        Raises TransientError R301 where nobody answers any more."""
        with _connected(self.engine, self.dialect, self.dataset) as connection:
            yield connection

    @contextmanager
    def reading_on(self, connection: Connection) -> Iterator[Connection]:
        transaction = connection.begin()
        try:
            self.dialect.begin_reading(connection)
            yield connection
        finally:
            transaction.rollback()

    @contextmanager
    def verifying_on(self, connection: Connection) -> Iterator[Connection]:
        """Reads, and writes temporary tables alone."""
        transaction = connection.begin()
        try:
            self.dialect.begin_verifying(connection)
            yield connection
        finally:
            transaction.rollback()

    @contextmanager
    def writing_on(self, connection: Connection) -> Iterator[Connection]:
        with self._transaction(connection, self.dialect.begin_writing):
            yield connection

    @contextmanager
    def planning_on(self, connection: Connection) -> Iterator[Connection]:
        """Writes our own tables from what it reads (see Dialect.begin_planning). Commits at the end."""
        with self._transaction(connection, self.dialect.begin_planning):
            yield connection

    @contextmanager
    def batch_on(self, connection: Connection) -> Iterator[Connection]:
        with self._transaction(connection, self.dialect.fence_shared):
            yield connection

    @contextmanager
    def placing_on(self, connection: Connection) -> Iterator[Connection]:
        with self._transaction(connection, self.dialect.fence_exclusive):
            yield connection

    @contextmanager
    def _transaction(self, connection: Connection, first: Callable[[Connection], None]) -> Iterator[None]:
        try:
            with connection.begin():
                first(connection)
                yield
        finally:
            self.dialect.release_fence(connection)

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def _connected(engine: Engine, dialect: Dialect, dataset: Dataset) -> Iterator[Connection]:
    try:
        connection = engine.connect()
    except DBAPIError as error:
        raise TransientError(
            Problem(
                code="R301",
                what=f"the connection is lost: {dialect.why_unreachable(error)}",
                where=f"dataset {dataset.id}",
                remedy="try again once the server answers; a run goes on where it was",
            )
        ) from None
    with connection:
        yield connection


def _parsed(url: str, where: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        pass
    raise refuse(
        "R301",
        "the address is not a database URL",
        where=where,
        remedy="write postgresql+psycopg://user:password@host:5432/database, mariadb://user:password@host:3306/"
        "database or sqlite:////path/to/file.db; "
        "signs such as @ / : in a password are written as %40 %2F %3A",
    )


def backend_of(url: URL) -> str:
    """SQLAlchemy's name of the kind of database. ``postgres`` and ``mysql`` are what other programs write."""
    name = url.drivername.split("+")[0]
    return {"postgres": "postgresql", "mysql": "mariadb"}.get(name, name)


def _engine(dialect: Dialect, url: URL, where: str) -> Engine:
    try:
        return create_engine(url, poolclass=NullPool, hide_parameters=True)
    except ModuleNotFoundError:
        pass
    raise refuse(
        "R301",
        f"the driver of {dialect.name} is not installed",
        where=where,
        remedy=f"pip install '{dialect.package}'",
    )
