"""Rows to test with: complete, plausible, committed."""

from datetime import timedelta

import factory
from factory.alchemy import SQLAlchemyModelFactory

from chancendialog import clock
from chancendialog.extensions import db
from chancendialog.house import House
from chancendialog.programme.models import EventSession, Series, SessionStatus, Topic, Venue
from chancendialog.registration.models import Arrangement, Need, Registration, Status


class _Factory(SQLAlchemyModelFactory):
    class Meta:
        abstract = True
        sqlalchemy_session = db.session
        sqlalchemy_session_persistence = "commit"


class HouseFactory(_Factory):
    class Meta:
        model = House

    name = "Büro für Beispiele"
    street = "Am Markt 1"
    postcode = "12345"
    city = "Musterstadt"
    phone = "0123 456-789"
    email = "buero@example.org"
    phone_hours = ""


class SeriesFactory(_Factory):
    class Meta:
        model = Series

    slug = factory.Sequence(lambda n: f"reihe-{n}")
    title = "Chancendialog Transformation"
    description = "Abende zum Mitreden."
    translations = factory.Dict({})


class TopicFactory(_Factory):
    class Meta:
        model = Topic

    slug = factory.Sequence(lambda n: f"thema-{n}")
    title = "Wohnen"
    is_foundation = False
    position = factory.Sequence(int)
    translations = factory.Dict({})


class VenueFactory(_Factory):
    class Meta:
        model = Venue

    slug = factory.Sequence(lambda n: f"ort-{n}")
    name = "Stadtbibliothek"
    street = "Am Markt 1"
    postcode = "12345"
    city = "Musterstadt"
    rooms = factory.List([])
    directions = stop = entrance = access = notes = ""
    translations = factory.Dict({})


class EventSessionFactory(_Factory):
    class Meta:
        model = EventSession

    slug = factory.Sequence(lambda n: f"abend-{n}")
    series = factory.SubFactory(SeriesFactory)
    venue = factory.SubFactory(VenueFactory)
    title = "Wohnen der Zukunft"
    description = "Wie wollen wir wohnen?"
    language = "de"
    room = speakers = interpreters = notes = ""
    photos = False
    translations = factory.Dict({})
    starts_at = factory.LazyFunction(lambda: clock.now() + timedelta(days=30))
    ends_at = factory.LazyAttribute(lambda one: one.starts_at + timedelta(hours=2))
    capacity = 10
    party_limit = 4
    waiting_list = True
    status = SessionStatus.PUBLISHED
    ical_uid = factory.Sequence(lambda n: f"session-{n}@termine.example.org")


class RegistrationFactory(_Factory):
    class Meta:
        model = Registration

    event_session = factory.SubFactory(EventSessionFactory)
    name = "Erika Mustermann"
    email = factory.Sequence(lambda n: f"erika{n}@example.org")
    party_size = 1
    status = Status.CONFIRMED
    ical_uid = factory.Sequence(lambda n: f"reg-{n}@termine.example.org")


class NeedFactory(_Factory):
    class Meta:
        model = Need

    registration = factory.SubFactory(RegistrationFactory)
    kind = Arrangement.HEARING_LOOP
    actor = "resident"
