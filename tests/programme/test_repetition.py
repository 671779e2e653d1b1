"""Copies of a session: what they take over, and that two colleagues at once make them once."""

from datetime import timedelta

from sqlalchemy import inspect, select

from chancendialog import clock
from chancendialog.extensions import db, new_ulid
from chancendialog.programme import repetition
from chancendialog.programme.models import EventSession
from tests.factories import EventSessionFactory
from tests.registration.test_races import PROCESSES, in_processes


def repeat(errand):
    session_id, number = errand
    repetition.repeat(
        db.session.get(EventSession, session_id),
        [clock.now().replace(microsecond=0, second=0) + timedelta(days=99)],
        number=number,
        actor="staff:1",
    )


def titles():
    return list(db.session.scalars(select(EventSession.title)))


def slugs():
    return list(db.session.scalars(select(EventSession.slug)))


def test_every_column_is_either_copied_or_a_sessions_own():
    columns = {column.key for column in inspect(EventSession).column_attrs}

    assert columns >= repetition.OF_ITS_OWN
    assert columns - repetition.OF_ITS_OWN == set(repetition.copied(EventSession()))


def test_one_form_sent_at_once_makes_one_draft(app, config):
    event_session = EventSessionFactory()
    errand = (event_session.id, new_ulid())

    in_processes(config, repeat, [[errand]] * PROCESSES)

    assert len(titles()) == 2


def test_drafts_made_at_once_have_addresses_of_their_own(app, config):
    event_session = EventSessionFactory()
    errands = [[(event_session.id, new_ulid())] for _ in range(PROCESSES)]

    in_processes(config, repeat, errands)

    assert len(set(slugs())) == 1 + PROCESSES
