"""XPath in XML trees: it must select exactly one element. `spaces` are the namespaces that have a prefix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zatools.apitest.failures import StepBroken, StepFailed
from zatools.apitest.values.compare import show
from zatools.place import nearest


def select(tree: Any, xpath: str, spaces: Mapping[str, str]) -> list[Any]:
    """Returns what an XPath selects."""
    from lxml import etree

    try:
        found = tree.xpath(xpath, namespaces=dict(spaces) or None)
    except etree.XPathError as error:
        text, hint = f"'{xpath}' can't be used: {str(error).lower()}", ''
        if 'prefix' in text:
            near = ', '.join(spaces) or 'none'
            hint = f'name it: Given namespace prefix "soap" of "http://…" (there are: {near})'
        raise StepBroken(text, at='xpath', hint=hint) from None
    return found if isinstance(found, list) else [found]


def content(node: Any) -> str:
    """Returns the text of an element, '' where it has none, or of what else an XPath selects."""
    if hasattr(node, 'tag'):
        return node.text or ''
    return f'{node:g}' if isinstance(node, float) else str(node)


def one(tree: Any, xpath: str, spaces: Mapping[str, str]) -> Any:
    """Returns the one thing that an XPath selects; raises StepFailed where it is none or several."""
    found = select(tree, xpath, spaces)
    if len(found) == 1:
        return found[0]
    if found:
        shown = ', '.join(show(content(node), 40) for node in found[:5])
        raise StepFailed(f'it selects {len(found)} elements, not one: {shown}', at='xpath', hint=f'({xpath})[1]')
    names = dict.fromkeys(node.tag.rpartition('}')[2] for node in tree.iter() if isinstance(node.tag, str))
    last = xpath.rpartition('/')[2].rpartition(':')[2].partition('[')[0]
    near = nearest(last, [name for name in names if name != last], 1)
    hint = f"did you mean '{near[0]}'?" if near else ''
    if last in names:
        hint = f"there is an element '{last}': is it in a namespace, or elsewhere?"
    raise StepFailed(f'it selects nothing. There are: {", ".join(list(names)[:12])}', at='xpath', hint=hint)


def put(tree: Any, xpath: str, value: str, spaces: Mapping[str, str]) -> None:
    """Sets the text of the one element of the request that an XPath selects."""
    if not hasattr(tree, 'xpath'):
        raise StepBroken('there is no XML request yet', at='xpath',
                         hint='Given format "XML", then: Given request is "<root/>"')  # fmt: skip
    try:
        node = one(tree, xpath, spaces)
    except StepFailed as error:
        raise StepBroken(f'in the request {error.text}', at='xpath', hint=' '.join(error.hints)) from None
    if not hasattr(node, 'tag'):
        raise StepBroken('it selects no element', at='xpath')
    node.text = str(value)
