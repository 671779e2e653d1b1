"""How Alembic finds our tables: through the Flask app that runs the command."""

from alembic import context
from flask import current_app

from chancendialog.extensions import Model

settings = current_app.extensions["migrate"].configure_args
engine = current_app.extensions["migrate"].db.engine


def migrate() -> None:
    """Bring the database to the wanted revision, in one transaction.

    SQLite changes a table by building it anew and dropping the old one, which
    foreign keys forbid while rows refer to it. They rest meanwhile, which only
    works outside a transaction, and are checked at the end (sqlite.org, „Making
    Other Kinds Of Table Schema Changes“).
    """
    with engine.connect() as connection:
        is_sqlite = engine.dialect.name == "sqlite"
        driver = connection.connection.driver_connection
        if is_sqlite and driver:
            driver.execute("PRAGMA foreign_keys=OFF")
        context.configure(connection=connection, target_metadata=Model.metadata, **settings)
        with context.begin_transaction():
            context.run_migrations()
            if is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").all():
                raise RuntimeError("this migration would leave references to rows that are gone")
        if is_sqlite and driver:
            connection.commit()  # the check began a transaction, in which the next does nothing
            driver.execute("PRAGMA foreign_keys=ON")


migrate()
