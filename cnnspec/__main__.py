"""`python -m cnnspec` is the command `cnnspec`."""

import sys

from cnnspec.cli.main import main

sys.exit(main())
