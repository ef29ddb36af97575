"""The known list: differences that were looked at, explained and accepted, one by one.

An entry names a probe and lists the places where the runtimes differ in it, each with both values. It
excuses exactly that; where a place is the same again or differs otherwise, the entry itself fails the run.
"""

from lakehouse_parity.known.entry import Entry, pin
from lakehouse_parity.known.ledger import Ledger, Sighting, unmatched
from lakehouse_parity.known.reading import load, parse
from lakehouse_parity.known.revision import show

__all__ = ["Entry", "Ledger", "Sighting", "load", "parse", "pin", "show", "unmatched"]
