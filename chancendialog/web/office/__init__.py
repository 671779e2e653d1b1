"""For staff; every page needs a permission."""

from flask import Blueprint

bp = Blueprint("office", __name__, url_prefix="/verwaltung")
