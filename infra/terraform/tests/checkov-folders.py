"""Runs checkov over many folders, over each as though alone: loading its checks takes longer than most folders do.

Reads a JSON list of pairs from its input: the arguments of a run, and the file that its report goes to.
"""

import json
import os
import sys

from checkov.main import Checkov

for arguments, report in json.load(sys.stdin):
    if os.fork() == 0:
        os.dup2(os.open(report, os.O_WRONLY | os.O_CREAT, 0o600), 1)
        Checkov(arguments).run()
        sys.stdout.flush()
        os._exit(0)
    os.wait()
