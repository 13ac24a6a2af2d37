"""The table in docs/live.md is made of what live imports go by."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT
from zatools.kinds import KINDS
from zatools.reference.live import table

PAGE = ROOT / 'docs' / 'live.md'
BETWEEN = re.compile(r'(?<=<!-- table -->\n).*?(?=<!-- end of table -->)', re.DOTALL)


def test_the_table_is_that_of_the_kinds(request: pytest.FixtureRequest) -> None:
    text = PAGE.read_text(encoding='utf-8')
    if request.config.getoption('--update-golden'):
        PAGE.write_text(BETWEEN.sub(lambda match: table(), text), encoding='utf-8')
        text = PAGE.read_text(encoding='utf-8')
    found = BETWEEN.search(text)
    assert found
    assert found[0] == table(), 'pytest tests/reference --update-golden'


def test_every_kind_of_32_has_a_line() -> None:
    named = set(re.findall('`[^`]+`', table()))
    kinds = [kind for kind in KINDS if '3.2' in kind.generations]
    assert [kind for kind in kinds if not {f'`{kind.label}`', f'`{kind.label_in("3.2")}`'} & named] == []
