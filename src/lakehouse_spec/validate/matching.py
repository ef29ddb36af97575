"""How names, places and roles are compared, without any Unicode table (VA-11, EM-8)."""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase

from lakehouse_spec.extract import WHITE_SPACE

_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


def lower(text: str) -> str:
    """Fold the letters A to Z, and nothing else."""
    return text.translate(_LOWER)


def trimmed(text: str) -> str:
    """Take the White_Space of EX-5 away at both ends."""
    return text.strip(WHITE_SPACE)


def matches(one: str, other: str) -> bool:
    """Compare without the case of ASCII letters and without outer white space (VA-11)."""
    return one == other or lower(trimmed(one)) == lower(trimmed(other))


def first_name(name: str) -> str:
    """Take the part of a name before its first U+0020 (EM-8)."""
    return trimmed(name).partition(" ")[0]


def holds(text: str, name: str) -> bool:
    """Tell whether a name occurs in a text as words of their own (EM-8).

    ASCII case is ignored, and no word character may stand next to the occurrence. An empty name is
    never held.
    """
    text, name = lower(text), lower(trimmed(name))
    at = text.find(name) if name else -1
    while at >= 0:
        if not _is_word(text[at - 1 : at]) and not _is_word(text[at + len(name) : at + len(name) + 1]):
            return True
        at = text.find(name, at + 1)
    return False


def _is_word(character: str) -> bool:
    """Tell whether a character, if there is one, belongs to words (EM-8).

    An ASCII letter or digit does, and whatever is from U+00C0 up but not in U+2000 to U+206F.
    """
    if character < "\xc0":
        return character.isascii() and character.isalnum()
    return not "\u2000" <= character <= "\u206f"
