"""XPath in XML trees. A path must select exactly one element; `spaces` are the namespaces, by prefix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zatools.apitest.failures import StepBroken, StepFailed
from zatools.apitest.values.compare import show
from zatools.place import did_you_mean


def select(tree: Any, xpath: str, spaces: Mapping[str, str]) -> list[Any]:
    """Returns the nodes that an XPath selects, or the one value that it computes."""
    from lxml import etree

    try:
        result = tree.xpath(xpath, namespaces=dict(spaces) or None)
    except etree.XPathError as error:
        text, hint = f"'{xpath}' can't be used: {str(error).lower()}", ''
        if 'prefix' in text:
            prefixes = ', '.join(spaces) or 'none'
            hint = f'name it: Given namespace prefix "soap" of "http://…" (there are: {prefixes})'
        raise StepBroken(text, at='xpath', hint=hint) from None
    if isinstance(result, list):
        return result
    return [result]


def content(node: Any) -> str:
    """Returns the text of a selected element ('' where it has none), attribute or number."""
    if hasattr(node, 'tag'):
        return node.text or ''
    if isinstance(node, float):
        # XPath knows only floats: count(//item) is 3, not 3.0.
        return f'{node:g}'
    return str(node)


def only(tree: Any, xpath: str, spaces: Mapping[str, str]) -> Any:
    """Returns the one node that an XPath selects; raises StepFailed where it selects none or several."""
    nodes = select(tree, xpath, spaces)
    if len(nodes) == 1:
        return nodes[0]
    if nodes:
        shown = ', '.join(show(content(node), 40) for node in nodes[:5])
        raise StepFailed(f'it selects {len(nodes)} elements, not one: {shown}', at='xpath', hint=f'({xpath})[1]')
    names = dict.fromkeys(node.tag.rpartition('}')[2] for node in tree.iter() if isinstance(node.tag, str))
    last = xpath.rpartition('/')[2].rpartition(':')[2].partition('[')[0]
    hint = did_you_mean(last, [name for name in names if name != last])
    if last in names:
        hint = f"there is an element '{last}': is it in a namespace, or elsewhere?"
    raise StepFailed(f'it selects nothing. There are: {", ".join(list(names)[:12])}', at='xpath', hint=hint)


def put(tree: Any, xpath: str, value: str, spaces: Mapping[str, str]) -> None:
    """Sets the text of the one element of the request that an XPath selects."""
    if not hasattr(tree, 'xpath'):
        hint = 'Given format "XML", then: Given request is "<root/>"'
        raise StepBroken('there is no XML request yet', at='xpath', hint=hint)
    try:
        node = only(tree, xpath, spaces)
    except StepFailed as error:
        raise StepBroken(f'in the request {error.text}', at='xpath', hint=' '.join(error.hints)) from None
    if not hasattr(node, 'tag'):
        raise StepBroken('it selects no element', at='xpath')
    node.text = str(value)
