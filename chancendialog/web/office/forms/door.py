"""What is filled in at the door."""

from flask_babel import lazy_gettext as _

from chancendialog.web.forms import name_field
from chancendialog.web.office.fields import WholeNumber
from chancendialog.web.office.forms import OnlyOnce


class WalkInForm(OnlyOnce):
    """Let somebody in who has not signed up and wants to be known by name."""

    name = name_field(_("Geben Sie den Namen ein"), autocomplete="off")
    party_size = WholeNumber(_("Personen"), least=1, most=20, default=1)
