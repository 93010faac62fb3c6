"""Run the command line with ``python -m supracrystal``."""

import sys

from supracrystal.cli import main

sys.exit(main())
