"""What is done to the sandbox through boto3, and what must hold after it.

A drive is a function of a `Practice`, marked with the operations that it puts to work; each is answered at least once
while it runs, or its test fails.
"""

from collections.abc import Callable
from dataclasses import dataclass

DRIVES = []


@dataclass
class Drive:
    """One thing that is done, and the operations that it takes."""

    run: Callable
    operations: tuple
    # Where it happens: an account of the scenario and a region.
    account: str
    region: str

    def __str__(self):
        return self.run.__name__


def drive(*operations, account="prod", region="eu-west-1"):
    """Marks a function as a drive of these operations, each as `service:Operation`."""

    def keep(run):
        DRIVES.append(Drive(run, operations, account, region))
        return run

    return keep
