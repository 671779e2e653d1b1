"""Our icon in browsers, bookmarks and on phones."""

import re
import struct

PNG = b"\x89PNG\r\n\x1a\n"


def icons(page):
    """What a page says of its icon: address by kind, as it stands in the head."""
    return [
        (kind, address.partition("?")[0])
        for kind, address in re.findall(r'<link rel="([a-z-]*icon)"\s+href="([^"]+)"', page)
    ]


def test_every_page_names_an_icon_as_svg_and_for_whoever_reads_none(client, signed_in):
    pages = [client.get("/"), client.get("/en/"), client.get("/gibt-es-nicht")]
    pages.append(signed_in("office").get("/verwaltung/"))

    assert [icons(page.text) for page in pages] == [
        [
            ("icon", "/static/favicon.ico"),
            ("icon", "/static/favicon.svg"),
            ("apple-touch-icon", "/static/apple-touch-icon.png"),
        ]
    ] * 4


def test_icon_is_where_browsers_look_without_being_told(client):
    icon = client.get("/favicon.ico")
    reserved, kind, number, width, height = struct.unpack("<HHHBB", icon.data[:8])

    assert (reserved, kind, number, width, height) == (0, 1, 1, 32, 32)
    assert icon.data[22:30] == PNG
    assert (icon.mimetype, icon.headers["Cache-Control"]) == (
        "image/x-icon",
        "public, max-age=3600",
    )


def test_icons_are_light(client):
    """Who needs the fallback does not wait for it."""
    sizes = [
        len(client.get(path).data)
        for path in ("/favicon.ico", "/static/favicon.svg", "/static/apple-touch-icon.png")
    ]

    assert max(sizes) < 5000


def test_icon_for_phones_has_their_size(client):
    icon = client.get("/static/apple-touch-icon.png").data

    assert icon[:8] == PNG
    assert struct.unpack(">II", icon[16:24]) == (180, 180)
