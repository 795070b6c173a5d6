"""Kubernetes quantities."""

import re
from decimal import Decimal

from .fields import Refused

SUFFIX = {"": 1, "m": Decimal("0.001"), "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12,
          "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


def quantity(value, path):
    """A quantity in its base unit (cores, bytes), as a Decimal."""
    text = str(value)
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(m|k|M|G|T|Ki|Mi|Gi|Ti|)", text)
    if isinstance(value, bool) or not found:
        raise Refused(f"{path}: not a quantity: {value!r}")
    return Decimal(found[1]) * SUFFIX[found[2]]
