"""How Alembic finds our tables: through the Flask app that runs the command."""

from alembic import context
from flask import current_app

from chancendialog.extensions import Model

settings = current_app.extensions["migrate"].configure_args
engine = current_app.extensions["migrate"].db.engine


def migrate() -> None:
    """Bring the database to the wanted revision, in one transaction."""
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Model.metadata, **settings)
        with context.begin_transaction():
            context.run_migrations()


migrate()
