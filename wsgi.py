"""What the web server and the `flask` command load."""

import sys

from chancendialog import create_app
from config import Config, ConfigError

try:
    app = create_app(Config.from_environment())
except ConfigError as gap:
    sys.exit(str(gap))
