"""What serde_json and encoding/json accept, keep and write (chapter JS).

Every answer of the specification is computed once in each dialect: what parses, and which value it
gives, belongs to the JSON library of the runtime that is held against it.
"""

from lakehouse_spec.dialects.common import read_alike
from lakehouse_spec.dialects.model import Dialect, Json, Refused
from lakehouse_spec.dialects.reading import parse
from lakehouse_spec.dialects.writing import serialise

__all__ = ["Dialect", "Json", "Refused", "parse", "read_alike", "serialise"]
