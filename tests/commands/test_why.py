"""`zato enmasse why`: each value with the whole way that it came."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.calls import list_objects, why
from tests.console import Console
from zatools.errors import Exit, InvalidError, UsageError


def asked(folder: Path, name: str, text: str, **options: Any) -> Any:
    """Returns what `--json` says of an object."""
    (folder / 'a.yaml').write_text(text)
    console = Console(options.pop('environ', {}))
    paths = [str(folder / 'a.yaml'), *options.pop('more', ())]
    assert why(console.world, paths, name=name, as_json=True, **options) == Exit.OK
    return json.loads(console.out.getvalue())


def steps(folder: Path, name: str, text: str, **options: Any) -> list[str]:
    """Returns the steps of the value that is asked for, as `what line text`."""
    ((field,),) = (one['fields'] for one in asked(folder, name, text, **options))
    return [f'{one["what"]} {one["line"] or "-"} {one["text"]}' for one in field['from']]


NESTED = """outgoing_rest:
  - &first
    name: First
    host: https://first.example.com
    url_path: /
    data_format: json
  - &second
    <<: *first
    name: Second
  - <<: [*second]
    name: Third
"""


def test_merge_keys_within_merge_keys(tmp_path: Path) -> None:
    assert steps(tmp_path, 'Third.host', NESTED) == [
        'file 4 here',
        'anchor 2 of the anchor &first',
        'merge 8 by the merge key <<: *first',
        'anchor 7 of the anchor &second',
        'merge 10 by the merge key <<: *second',
    ]


def test_an_item_that_is_an_alias(tmp_path: Path) -> None:
    text = 'a: &x\n  name: CRM\n  host: https://x\n  url_path: /\n  data_format: json\noutgoing_rest: [*x]\n'
    assert steps(tmp_path, 'CRM.host', text, skip_unknown=True) == [
        'file 3 here',
        'anchor 1 of the anchor &x',
        'alias 6 by the alias *x',
    ]


def test_a_name_of_an_anchor_that_is_given_again_means_the_last_one_before(tmp_path: Path) -> None:
    text = """outgoing_rest:
  - {name: A, host: &h https://a, url_path: /, data_format: json}
  - {name: B, host: &h https://b, url_path: /, data_format: json}
  - {name: C, host: *h, url_path: /, data_format: json}
"""
    assert steps(tmp_path, 'C.host', text)[:2] == ['file 3 here', 'anchor 3 of the anchor &h']


PLAIN = 'outgoing_rest:\n  - {name: CRM, host: https://a, url_path: /, data_format: json, timeout: 20}\n'


@pytest.mark.parametrize(
    ('chosen', 'found'),
    [('first', ['file 2 here', 'file 2 instead of 30']), ('last', ['file 2 here', 'file 2 instead of 20'])],
)
def test_the_file_that_was_chosen_comes_first(chosen: str, found: list[str], tmp_path: Path) -> None:
    (tmp_path / 'b.yaml').write_text(PLAIN.replace('20', '30'))
    more = [str(tmp_path / 'b.yaml')]
    assert steps(tmp_path, 'CRM.timeout', PLAIN, more=more, on_conflict=chosen) == found


def test_two_files_that_agree(tmp_path: Path) -> None:
    (tmp_path / 'b.yaml').write_text(PLAIN)
    more = [str(tmp_path / 'b.yaml')]
    assert steps(tmp_path, 'CRM.timeout', PLAIN, more=more) == ['file 2 here', 'file 2 the same here']


def test_the_last_overlay_counts_and_all_are_told(tmp_path: Path) -> None:
    for name, value in (('one', '40'), ('two', 'null')):
        (tmp_path / f'{name}.yaml').write_text(f'outgoing_rest: [{{name: CRM, timeout: {value}}}]\n')
    overlays = [str(tmp_path / 'one.yaml'), str(tmp_path / 'two.yaml')]
    assert steps(tmp_path, 'CRM.timeout', PLAIN, overlays=overlays) == [
        'overlay 1 an overlay: null, which takes it away',
        'overlay 1 instead of 40',
        'file 2 instead of 20',
        'default - the default of Zato 3.2 and 4.1',
    ]
    assert asked(tmp_path, 'CRM.timeout', PLAIN, overlays=overlays)[0]['fields'][0]['value'] == {'3.2': 10, '4.1': 60}


def test_an_object_that_an_overlay_takes_away(tmp_path: Path) -> None:
    (tmp_path / 'a.yaml').write_text(PLAIN)
    (tmp_path / 'none.yaml').write_text('outgoing_rest:\n  - name: CRM\n    absent: true\n')
    overlays = [str(tmp_path / 'none.yaml')]
    console = Console({})
    assert why(console.world, [str(tmp_path / 'a.yaml')], name='CRM', overlays=overlays) == Exit.OK
    assert f"outgoing_rest 'CRM' is to be absent  {tmp_path}/none.yaml:2:5" in console.out.getvalue()


def test_a_name_that_was_another(tmp_path: Path) -> None:
    text = PLAIN.replace('name: CRM', 'name: CRM, was: Customers')
    assert steps(tmp_path, 'CRM.name', text) == ["was 2 was 'Customers' before"]


def test_names_with_dots_go_before_fields(tmp_path: Path) -> None:
    text = PLAIN + '  - {name: CRM.host, host: https://b, url_path: /b, data_format: json}\n'
    found = asked(tmp_path, 'CRM.host', text)
    assert [(one['name'], len(one['fields']) > 1) for one in found] == [('CRM.host', True), ('CRM', False)]


def test_stores_are_named_and_not_asked(tmp_path: Path) -> None:
    text = 'security:\n  - {name: L, type: basic_auth, username: l, password: "${vault:kv/data/crm#password}"}\n'
    assert steps(tmp_path, 'L.password', text) == [
        'file 2 here',
        'store - ${vault:kv/data/crm#password}: from HashiCorp Vault, which is not asked here',
    ]


def test_no_secret_is_shown(tmp_path: Path) -> None:
    text = """security:
  - {name: L, type: basic_auth, username: "${PW}", password: "${PW}"}
  - {name: M, type: basic_auth, username: m, password: plain-secret}
"""
    (tmp_path / 'a.yaml').write_text(text)
    for name in ('L', 'M'):
        console = Console({'PW': 's3cret-one'})
        assert why(console.world, [str(tmp_path / 'a.yaml')], name=name) == Exit.OK
        assert 'set' in console.text
        assert 's3cret-one' not in console.text
        assert 'plain-secret' not in console.text


def test_values_of_json_files(tmp_path: Path) -> None:
    text = json.dumps({'outgoing_rest': [{'name': 'J', 'host': 'https://${H}', 'url_path': '/'}]})
    (tmp_path / 'b.json').write_text(text)
    found = steps(tmp_path, 'J.host', '', more=[str(tmp_path / 'b.json')], environ={'H': 'h'})
    assert found == ['file 1 here', 'variable - the variable H, of the environment']


def test_objects_without_names_are_asked_about_as_they_are_called(tmp_path: Path) -> None:
    text = 'rbac_role_permission:\n  - {role: Reader, permission: Read, service: demo.ping}\n'
    (tmp_path / 'a.yaml').write_text(text)
    console = Console({})
    assert list_objects(console.world, source=str(tmp_path / 'a.yaml'), as_json=True) == Exit.OK
    name = json.loads(console.out.getvalue())[0]['name']
    assert steps(tmp_path, f'{name}.role', text) == ['file 2 here']


def test_a_field_that_there_is_not(tmp_path: Path) -> None:
    (tmp_path / 'a.yaml').write_text(PLAIN)
    with pytest.raises(UsageError, match='has no field'):
        why(Console({}).world, [str(tmp_path / 'a.yaml')], name='CRM.hots')


def test_merge_keys_that_explode_are_stopped(tmp_path: Path) -> None:
    lines = ['x0: &x0 {name: CRM, host: https://a, url_path: /, data_format: json}']
    lines += [f'x{n}: &x{n} {{<<: [{", ".join([f"*x{n - 1}"] * 9)}]}}' for n in range(1, 12)]
    (tmp_path / 'a.yaml').write_text('\n'.join([*lines, 'outgoing_rest: [{<<: *x11}]', '']))
    with pytest.raises(InvalidError) as caught:
        why(Console({}).world, [str(tmp_path / 'a.yaml')], name='CRM', skip_unknown=True)
    assert 'expand to too much' in str(caught.value.problems[0])
