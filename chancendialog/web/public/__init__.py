"""For residents, no login."""

from flask import Blueprint

bp = Blueprint("public", __name__)
