"""What is taken out of a file leaves no gap."""

from __future__ import annotations

import pytest

from zatools.files.edits import Edits

ITEMS = ('  - name: A\n', '  - name: B\n    host: x\n', '  - name: C\n')


def without(text: str, *numbers: int) -> str:
    edits = Edits(text, False)
    root = edits.spans.root
    assert root
    for number in numbers:
        edits.drop_item(root.pairs[0][1].children[number])
    return edits.result


@pytest.mark.parametrize('numbers', [(0,), (1,), (2,), (0, 1), (1, 2), (0, 2)])
@pytest.mark.parametrize('gap', ['', '\n', '\n  # Next.\n'])
@pytest.mark.parametrize('line', ['\n', '\r\n'])
def test_an_item_goes_with_one_of_the_blank_lines_around_it(numbers: tuple[int, ...], gap: str, line: str) -> None:
    text = 'a:\n' + gap.join(ITEMS)
    found = without(text.replace('\n', line), *numbers).replace(line, '\n')
    kept = [item for number, item in enumerate(ITEMS) if number not in numbers]
    if gap.strip():
        assert found.count('# Next.') == 2
    else:
        begin = 'a:\n' + gap * (numbers[0] == 0)
        assert found in (begin + gap.join(kept), 'a:\n' + gap.join(kept))
    assert '\n\n\n' not in found


@pytest.mark.parametrize('mark', ['|', '|-', '>', '>-', '|+'])
def test_line_breaks_of_windows_stay_where_a_block_of_lines_stood(mark: str) -> None:
    text = f'a: {mark}\n  one\n  two\n\nb: 1\n'.replace('\n', '\r\n')
    edits = Edits(text, False)
    root = edits.spans.root
    assert root
    edits.put(root.pairs[0][1], 'x')
    assert edits.result == 'a: x\n\nb: 1\n'.replace('\n', '\r\n')
