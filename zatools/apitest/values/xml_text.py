"""XML: texts are parsed to trees, and trees written as texts."""

from __future__ import annotations

from typing import Any

from zatools.apitest.failures import StepBroken


def parsed(text: str, source: str, parameter: str) -> Any:
    """Returns the XML tree of a text."""
    from lxml import etree

    # An answer is hostile: its entities could have files of this machine read, or addresses called.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=False)
    try:
        return etree.fromstring(text.strip().encode(), parser)
    except etree.XMLSyntaxError as error:
        raise StepBroken(f'{source} is no XML: {error.msg}', at=parameter) from None


def is_tree(value: Any) -> bool:
    """Tells whether a value is an XML tree."""
    # By the name of its module: lxml takes long to import, and most projects have no XML.
    return type(value).__module__.startswith('lxml')


def written(tree: Any) -> bytes:
    """Returns a tree as the text that is sent."""
    from lxml import etree

    return etree.tostring(tree)  # type: ignore[no-any-return]
