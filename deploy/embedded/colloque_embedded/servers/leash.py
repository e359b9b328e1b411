"""`leash.py PARENT PROGRAM…`: become the program, and end when the parent does, however it ends.

A file of its own, run by a bare interpreter: after a fork of a threaded process nothing but an exec is safe. The end is
-9: nobody is left to wait for a polite one, and what the children have acknowledged is on disk.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    parent = int(sys.argv[1])
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the house was gone before its child began")
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - the point of this file
