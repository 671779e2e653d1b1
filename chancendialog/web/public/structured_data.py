"""Pages once more for search engines: schema.org's words as JSON-LD.

Pure functions of what the pages show; what is not known is left out.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from flask_babel import gettext as _

from chancendialog.house import Contact
from chancendialog.links import link
from chancendialog.markdown import plain
from chancendialog.programme.models import EventSession, Series, Venue
from chancendialog.web.public.announcements import Announcement, Way, in_hannover

Data = dict[str, Any]
CONTEXT = {"@context": "https://schema.org"}
OFFLINE = "https://schema.org/OfflineEventAttendanceMode"
AVAILABILITY = {
    Way.OPEN: "https://schema.org/InStock",
    Way.NOT_YET: "https://schema.org/PreOrder",
    Way.WAITING_LIST: "https://schema.org/SoldOut",
    Way.FULL: "https://schema.org/SoldOut",
}
NEXT = 5  # sessions that the programme's data names; each has data of its own


def series_data(series: Series, upcoming: Iterable[EventSession], house: Contact | None) -> Data:
    """The programme: a series and what of it is to come, each with a page that says more."""
    return CONTEXT | _said(
        {
            "@type": "EventSeries",
            "name": series.title,
            "description": plain(series.description),
            "url": link("public.programme"),
            "image": link("public.series_image"),
            "isAccessibleForFree": True,
            "organizer": _organizer(house),
            "subEvent": [_brief(one) for one in islice(upcoming, NEXT)],
        }
    )


def session_data(announcement: Announcement, house: Contact | None) -> Data:
    """One session: what, when, where, who invites, and whether there is a seat."""
    one = announcement.event_session
    return CONTEXT | _said(
        _event(one)
        | {
            "description": plain(one.description),
            "image": announcement.image_url,
            "inLanguage": one.language,
            "isAccessibleForFree": True,
            "maximumAttendeeCapacity": one.capacity,
            "remainingAttendeeCapacity": announcement.places_free,
            "organizer": _organizer(house),
            "offers": _offer(announcement),
            "about": [{"@type": "Thing", "name": topic.title} for topic in one.topics],
            "superEvent": {
                "@type": "EventSeries",
                "name": one.series.title,
                "url": link("public.programme"),
            },
        }
    )


def _event(one: EventSession) -> Data:
    status = "EventCancelled" if one.is_called_off else "EventScheduled"
    return _said(
        {
            "@type": "Event",
            "name": one.title,
            "url": link("public.session_page", slug=one.slug),
            "startDate": in_hannover(one.starts_at),
            "endDate": in_hannover(one.ends_at) if one.ends_at else None,
            "eventStatus": f"https://schema.org/{status}",
            "eventAttendanceMode": OFFLINE,
            "location": _said(
                {
                    "@type": "Place",
                    "name": one.house_and_room,
                    "address": _address(one.venue.street, one.venue.postcode, one.venue.city),
                    "amenityFeature": _amenities(one.venue),
                }
            ),
        }
    )


def _amenities(venue: Venue) -> list[Data]:
    """What somebody has said of the way in; that something is not there is said, too."""
    known = {_("Zugang ohne Stufen"): venue.step_free, _("Höranlage"): venue.hearing_loop}
    return [
        {"@type": "LocationFeatureSpecification", "name": name, "value": there}
        for name, there in known.items()
        if there is not None
    ]


def _brief(one: EventSession) -> Data:
    """Its page says more; the programme of a long series is to stay light."""
    names = ("@type", "name", "url", "startDate", "eventStatus")
    event = _event(one)
    return {name: event[name] for name in names} | {"location": one.venue.name}


def _offer(announcement: Announcement) -> Data | None:
    """A seat costs nothing; none is offered once nobody can sign up any more."""
    one = announcement.event_session
    if announcement.registration is Way.CLOSED:
        return None
    opens_at = one.registration_opens_at
    return _said(
        {
            "@type": "Offer",
            "price": 0,
            "priceCurrency": "EUR",
            "url": announcement.registration_url,
            "availability": AVAILABILITY[announcement.registration],
            "validFrom": in_hannover(opens_at) if opens_at else None,
            "validThrough": in_hannover(one.registration_closes_at or one.starts_at),
        }
    )


def _organizer(house: Contact | None) -> Data | None:
    """The office as the programme file names it."""
    return house and _said(
        {
            "@type": "GovernmentOrganization",
            "name": house.name,
            "telephone": house.phone,
            "email": house.email,
            "address": _address(house.street, house.postcode, house.city),
        }
    )


def _address(street: str, postcode: str, city: str) -> Data:
    return {
        "@type": "PostalAddress",
        "streetAddress": street,
        "postalCode": postcode,
        "addressLocality": city,
        "addressCountry": "DE",
    }


def _said(facts: Data) -> Data:
    """Without what has no value; 0 and False are values."""
    return {name: value for name, value in facts.items() if value not in (None, "", [])}
