"""Hypothesis strategies for lossless trees and for the many texts that one tree has."""

import json

from hypothesis import strategies as st

from lakehouse_parity.lossless import Repeated

DIGITS = st.text("0123456789", min_size=1, max_size=25)


@st.composite
def number_texts(draw):
    """Any number that RFC 8259 knows, within some 25 digits."""
    whole = draw(DIGITS).lstrip("0") or "0"
    fraction = draw(st.none() | DIGITS)
    exponent = draw(st.none() | st.integers(-400, 400))
    text = ("-" if draw(st.booleans()) else "") + whole
    text += "" if fraction is None else f".{fraction}"
    return text + ("" if exponent is None else f"{draw(st.sampled_from('eE'))}{exponent:+d}")


numbers = number_texts().map(str.encode)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
names = st.sampled_from(["a", "b", "iterations", "with space", "", "0", "é", '"', "\\", "a.b", "\n"]) | texts
scalars = st.none() | st.booleans() | numbers | texts


def _containers(inner):
    repeated = st.lists(inner, min_size=2, max_size=3).map(Repeated)
    return st.lists(inner, max_size=4) | st.dictionaries(names, inner | repeated, max_size=4)


trees = st.recursive(scalars, _containers, max_leaves=12)
plain_trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
"""Trees without repeated members."""


def leaves(tree, path=()):
    """Every (path, scalar or empty container); the members of a repeated one count as its elements."""
    if isinstance(tree, dict) and tree:
        for key, value in tree.items():
            yield from leaves(value, (*path, key))
    elif isinstance(tree, list) and tree:
        for index, value in enumerate(tree):
            yield from leaves(value, (*path, index))
    else:
        yield path, tree


def replaced(tree, path, value):
    """A copy of the tree with another value at the path."""
    if not path:
        return value
    if isinstance(tree, dict):
        return {**tree, path[0]: replaced(tree[path[0]], path[1:], value)}
    items = list(tree)
    items[path[0]] = replaced(items[path[0]], path[1:], value)
    return type(tree)(items)


def pruned(tree, path):
    """A copy of the tree without the member or element at the path."""
    *outer, last = path
    container = tree
    for part in outer:
        container = container[part]
    if isinstance(container, dict):
        kept = {key: value for key, value in container.items() if key != last}
    else:
        kept = type(container)([*container[:last], *container[last + 1 :]])
    return replaced(tree, tuple(outer), kept)


@st.composite
def spellings(draw, tree):
    """A JSON text of the tree: any white space, any escapes, members in any order."""
    space = draw(st.sampled_from(["", " ", "\n", "\t\r "]))
    if isinstance(tree, dict):
        members = [(key, each) for key, value in tree.items() for each in _values(value)]
        if all(not isinstance(value, Repeated) for value in tree.values()):
            members = draw(st.permutations(members))
        shown = [f"{_spelled(draw, key)}{space}:{draw(spellings(value))}" for key, value in members]
        return "{" + space + f",{space}".join(shown) + space + "}"
    if isinstance(tree, list):
        return "[" + space + f",{space}".join(draw(spellings(item)) for item in tree) + space + "]"
    if isinstance(tree, str):
        return _spelled(draw, tree)
    return tree.decode() if isinstance(tree, bytes) else json.dumps(tree)


def _values(value):
    return value if isinstance(value, Repeated) else [value]


def _spelled(draw, text):
    if draw(st.booleans()):
        return json.dumps(text, ensure_ascii=draw(st.booleans()))
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character):
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02X}{units[i + 1]:02x}" for i in range(0, len(units), 2))
