"""For residents, no login, in every language."""

from chancendialog.web.languages import MultilingualBlueprint

bp = MultilingualBlueprint("public", __name__)
