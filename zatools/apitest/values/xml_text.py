"""XML: the tree of a text, and the text of a tree."""

from __future__ import annotations

from typing import Any

from zatools.apitest.failures import StepBroken


def parsed(text: str, source: str, parameter: str) -> Any:
    """Returns the XML tree of a text; entities of others' files are not fetched."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=False)
    try:
        return etree.fromstring(text.strip().encode(), parser)
    except etree.XMLSyntaxError as error:
        raise StepBroken(f'{source} is no XML: {error.msg}', at=parameter) from None


def is_tree(value: Any) -> bool:
    """Tells whether a value is a tree; lxml is not imported for it."""
    return type(value).__module__.startswith('lxml')


def written(tree: Any) -> bytes:
    """Returns a tree as the text that is sent."""
    from lxml import etree

    return etree.tostring(tree)  # type: ignore[no-any-return]
