"""The coverage of OpenAPI documents on the page: how much of each was called, and all that was not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zatools.apitest.report.marked_answer import text
from zatools.apitest.report.results import RunResult


def section(run: RunResult) -> Iterator[str]:
    """Yields the section; nothing where coverage was not asked for."""
    if run.coverage is None:
        return
    yield f'<section class="feature" id="coverage"><h2>Coverage: {run.coverage["percent"]} %</h2>'
    if run.is_uncovered:
        yield f'<p class="reason">--fail-under wants {run.least} %</p>'
    if not run.coverage['documents']:
        yield '<p class="note">No API is described; write: Given API is described by &quot;openapi.yaml&quot;</p>'
    for document in run.coverage['documents']:
        yield from _document(document)
    yield '</section>'


def _document(document: Mapping[str, Any]) -> Iterator[str]:
    yield f'<p class="place">{text(document["file"])}, {document["percent"]} %</p>'
    for kind, part in document['parts'].items():
        title = f'{part["covered"]} of {part["all"]} {text(kind)} called'
        if not part['missing']:
            yield f'<p class="about">{title}</p>'
            continue
        rows = ''.join(f'<li>{text(name)}</li>' for name in part['missing'])
        yield f'<details class="more" open><summary>{title}; not called:</summary><ul>{rows}</ul></details>'
