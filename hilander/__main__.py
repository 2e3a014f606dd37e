"""`python -m hilander` is the `hilander` command."""

import sys

from hilander.cli.main import main

sys.exit(main())
