"""People with a browser, over real HTTP; they do what the pages tell them to."""

import itertools
import random
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from ipaddress import ip_address
from urllib.parse import urlencode, urlsplit

from chancendialog.web.public.forms import TOO_FAST
from tests.browser_client import form_fields
from tests.soak.installation import PATIENCE

NETWORKS = (str(ip_address("10.0.0.0") + number) for number in itertools.count(1))
PAUSE = 0.2  # seconds before somebody presses the button again


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    text: str

    @property
    def is_busy(self):
        """Whether the page says that it is crowded, and to send the same once more."""
        return self.status == 409 and "Retry-After" in self.headers


class Resident:
    """One person: an address in the net, cookies, a form, and what came of it."""

    def __init__(self, installation):
        self.installation, self.network = installation, next(NETWORKS)
        self.cookies = {}
        self.path = self.fields = self.ready_at = None
        self.statuses = []
        self.broken = 0  # connections
        self.busy = 0  # answers that say: send it again

    def open(self, path, button="", **values):
        """Open a page and fill in its form, or the form of this button."""
        page = self.ask("GET", path)
        assert page.status == 200, page.text[:500]
        self.path, self.fields = path + button, form_fields(page.text) | values
        self.ready_at = time.monotonic() + TOO_FAST + 0.1
        return self

    def twin(self):
        """The same browser, pressing the button twice."""
        other = Resident(self.installation)
        other.cookies, other.path, other.fields = dict(self.cookies), self.path, self.fields
        return other

    def send(self):
        """Send the form until it is answered. Who is told to, or hears nothing, sends it again."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self.ask("POST", self.path, self.fields)
            except (OSError, HTTPException):
                self.broken += 1
            else:
                assert answer.status < 500, answer.text[:500]
                if not answer.is_busy:
                    return answer
                self.busy += 1
            assert time.monotonic() < deadline, f"nothing but {self.statuses}"
            time.sleep(PAUSE)

    def sign_up(self):
        """Press „Anmelden“, and where all is full „Auf die Warteliste setzen“."""
        answer = self.send()
        if answer.status == 409:
            assert re.search(r'<button[^>]* name="waiting_list"', answer.text), answer.text[:2000]
            self.fields = form_fields(answer.text) | {"waiting_list": "1"}
            answer = self.send()
        assert answer.status == 303, answer.text[:2000]

    def change(self):
        """Press the button of one's own page; a refusal is an answer, too."""
        assert self.send().status in (303, 409)

    def ask(self, method, path, fields=None):
        """One request, on a connection of its own, to any of the web servers."""
        port = random.choice(self.installation.ports)
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "X-Forwarded-For": self.network,
        }
        try:
            connection.request(method, path, urlencode(fields or {}), headers)
            answer = connection.getresponse()
            answer = Answer(answer.status, answer.headers, answer.read().decode())
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: one.value for name, one in SimpleCookie(cookie).items()}
        self.statuses.append(answer.status)
        return answer


def typed_by(people):
    """Wait until nobody can be taken for a robot."""
    time.sleep(max(0, *(one.ready_at - time.monotonic() for one in people)))


def page_of(url):
    """The path of a link in a letter."""
    return urlsplit(url).path


def all_at_once(deeds):
    """Everybody in a thread of their own, from the same moment; whatever fails is raised here."""
    start = threading.Barrier(len(deeds), timeout=PATIENCE)

    def one(deed):
        start.wait()
        return deed()

    with ThreadPoolExecutor(len(deeds)) as crowd:
        return [future.result() for future in [crowd.submit(one, deed) for deed in deeds]]
