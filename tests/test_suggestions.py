"""What wrong names may have meant: the right one among thousands, in little time however many are wrong."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.calls import import_files, validate
from tests.conftest import KEY, Console
from zatools.errors import Exit, InvalidError
from zatools.odb.target import OdbChoice
from zatools.place import MOST, Problem, nearest

WORLD = Console({'ZATO_SECRET_KEY': KEY})
COUNT = 5_000
NAMES = [f'Customer relations login {number}' for number in range(COUNT)]


@pytest.mark.parametrize(
    ('name', 'wanted'),
    [
        ('Costumer relation login 4321', 'Customer relations login 4321'),
        ('customer RELATIONS login 17', 'Customer relations login 17'),
        ('Billing', ''),
        ('', ''),
        ('x', ''),
    ],
)
def test_the_nearest_of_thousands_is_found(name: str, wanted: str) -> None:
    assert nearest(name, NAMES) == ([wanted] if wanted else [])


def test_short_names_that_share_their_ends_are_near() -> None:
    known = ['abc', *(f'z{number}' for number in range(1000))]
    assert nearest('adc', known) == ['abc']


def definitions(names: list[str]) -> str:
    return 'security:\n' + ''.join(
        f'  - {{name: {name}, type: basic_auth, username: u{number}, password: abc}}\n'
        for number, name in enumerate(names)
    )


def users(names: list[str]) -> str:
    return 'outgoing_rest:\n' + ''.join(
        f'  - {{name: o{number}, host: https://h, url_path: /, data_format: json, security: {name}}}\n'
        for number, name in enumerate(names)
    )


def problems(folder: Path, text: str) -> list[Problem]:
    """Plans an import of a text; returns what is wrong with it."""
    (folder / 'wanted.yaml').write_text(text)
    start = time.monotonic()
    with pytest.raises(InvalidError) as caught:
        import_files(WORLD.world, OdbChoice(odb=f'sqlite:///{folder}/a.sqlite'), [str(folder / 'wanted.yaml')])
    # A moment here; one close look at each of all pairs took an hour.
    assert time.monotonic() - start < 60
    return [problem for problem in caught.value.problems if not problem.is_warning]


def test_thousands_of_wrong_references_are_all_named_and_the_first_get_a_suggestion(tmp_path: Path) -> None:
    (tmp_path / 'known.yaml').write_text(definitions(NAMES))
    choice = OdbChoice(odb=f'sqlite:///{tmp_path}/a.sqlite')
    assert import_files(WORLD.world, choice, [str(tmp_path / 'known.yaml')]) is Exit.OK
    found = problems(tmp_path, users([f'Costumer login {number}' for number in range(COUNT)]))
    assert len(found) == COUNT
    assert found[0].hint == "did you mean 'Customer relations login 0'?"
    assert sum(1 for problem in found if problem.hint) == MOST


def test_a_name_that_is_wrong_again_and_again_gets_its_suggestion_each_time(tmp_path: Path) -> None:
    found = problems(tmp_path, definitions(['CRM login']) + users(['CRM logn'] * 100))
    assert [problem.hint.partition(' (')[0] for problem in found] == ["did you mean 'CRM login'"] * 100


def test_thousands_of_overlay_items_without_their_object_take_no_time_either(tmp_path: Path) -> None:
    (tmp_path / 'base.yaml').write_text(definitions(NAMES))
    (tmp_path / 'over.yaml').write_text(
        'security:\n' + ''.join(f'  - {{name: Costumer login {number}, realm: x}}\n' for number in range(COUNT))
    )
    start, console = time.monotonic(), Console({})
    code = validate(console.world, [str(tmp_path / 'base.yaml')], overlays=[str(tmp_path / 'over.yaml')])
    assert time.monotonic() - start < 60
    assert code is Exit.INVALID
    assert console.text.count("overlay: there is no security definition 'Costumer login ") == COUNT
    assert console.text.count("did you mean 'Customer relations login ") == MOST
