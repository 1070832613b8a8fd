# SPDX-License-Identifier: MIT
"""Peer: patched methods whose lines go to a logger that LTTng's own Python agent records (lttng_session)."""
import logging
import sys

import _patching
import _program

try:
    import lttngust
except ImportError:
    # pure Python, and packaged for Debian's interpreter alone
    sys.path.append("/usr/lib/python3/dist-packages")
    import lttngust  # noqa: F401
    sys.path.pop()

log = logging.getLogger("scopes")
if not logging.getLogger().handlers:
    sys.exit("LTTng's agent does not record")
log.setLevel(logging.INFO)
_patching.patch_all(log.info)
_program.run()
