"""Model answers from the grammar that the fuzzer uses too; a seed names a sequence of texts."""

from lakehouse_parity.fuzz.texts import texts

__all__ = ["texts"]
