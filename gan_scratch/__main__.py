"""python -m gan_scratch: the command gan-scratch, where its script is not on the path."""

import sys

from gan_scratch.cli import main

sys.exit(main())
