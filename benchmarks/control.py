"""The control of `sign_up.py`: the least that takes a seat in turn.

Lock the session's row, count the seats taken, insert a registration, commit.
Without a form, a rule or a letter; on the app's tables, with its engine.
"""

from flask import Flask, request
from sqlalchemy import func, insert, select, update

from chancendialog import clock
from chancendialog.extensions import db, engine_options, new_ulid, prepare_sqlite
from chancendialog.programme.models import EventSession
from chancendialog.registration.models import Registration, Source, Status
from config import Config

url = Config.from_environment().DATABASE_URL
app = Flask(__name__)
app.config.from_mapping(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=engine_options(url))
db.init_app(app)
prepare_sqlite(app)


@app.post("/<slug>")
def register(slug: str) -> tuple[str, int]:
    """Take a seat; the answer says how many were taken before."""
    ulid = new_ulid()
    with db.engine.begin() as connection:
        session_id = connection.scalar(
            update(EventSession.__table__)
            .where(EventSession.slug == slug)
            .values(booking_turn=EventSession.booking_turn + 1)
            .returning(EventSession.id)
        )
        taken = connection.scalar(
            select(func.sum(Registration.party_size)).where(
                Registration.event_session_id == session_id,
                Registration.status == Status.CONFIRMED,
            )
        )
        connection.execute(
            insert(Registration.__table__).values(
                ulid=ulid,
                event_session_id=session_id,
                name=request.form["name"],
                email=request.form["email"],
                party_size=1,
                status=Status.CONFIRMED,
                source=Source.ONLINE,
                registered_at=clock.now(),
                ical_uid=ulid,
            )
        )
    return str(taken or 0), 201
