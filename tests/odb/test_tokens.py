"""Bearer tokens of 4.1, what may use a definition of which type, and definitions that are skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.calls import diff, export, import_files, validate
from tests.conftest import Console, Layout, copy_real, deploy
from tests.odb.test_lacks import change, services, told
from tests.odb.test_rows import opaque, put
from zatools.errors import Exit, InvalidError
from zatools.odb.odb import opened
from zatools.odb.target import OdbChoice

INBOUND = """
security:
  - name: In
    type: bearer_token
    username: client-1
    password: secret-1
    auth_endpoint: https://login.example.com/token
    issuer: https://login.example.com/realm
    jwks_url: https://login.example.com/keys
    audience: orders
    claims: [department=Accounting]
    extra_fields: [resource=x]
groups:
  - {name: Partners, members: [In]}
channel_rest:
  - {name: orders, service: my.service, url_path: /orders, data_format: json, security: In}
  - {name: users, service: my.service, url_path: /users, data_format: json, groups: [Partners]}
"""


def choice(layout: Layout) -> OdbChoice:
    return OdbChoice(path=layout.path)


def exported(layout: Layout, **options: str) -> str:
    console = Console(layout.environ)
    export(console.world, choice(layout), **options)  # type: ignore[arg-type]
    return console.out.getvalue()


def test_what_channels_check_tokens_by_is_kept_and_compared(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    put(layout, tmp_path, INBOUND)
    found = opaque(layout, 'security', 'In')
    assert found['extra_fields'] == ['resource=x']
    assert (found['issuer'], found['claims']) == ('https://login.example.com/realm', ['department=Accounting'])
    text = exported(layout)
    for key in ('issuer', 'jwks_url', 'audience', 'claims'):
        assert f'    {key}:' in text
    assert 'Nothing to do' in put(layout, tmp_path, text).text
    change(layout, ('security', 'In'), audience='other', claims=[])
    path = tmp_path / 'wanted.yaml'
    console = Console(layout.environ)
    assert diff(console.world, choice(layout), [str(path)]) is Exit.NO
    assert 'audience   other  ->  orders' in console.text
    assert 'claims' in console.text


def test_two_odbs_that_differ_in_them_differ(tmp_path: Path) -> None:
    layouts = []
    for name in ('one', 'two'):
        (tmp_path / name).mkdir()
        layouts.append(copy_real('4.1', tmp_path / name))
        put(layouts[-1], tmp_path, INBOUND)
    change(layouts[1], ('security', 'In'), issuer='https://evil.example.com')
    console = Console({})
    one, two = (layout.path for layout in layouts)
    assert diff(console.world, OdbChoice(), source=one, target=two) is Exit.NO
    assert 'issuer' in console.text


def test_41_has_tokens_in_groups_and_on_channels_and_nobody_says_otherwise(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    put(layout, tmp_path, INBOUND)
    ((name,),) = layout.execute("select name from generic_object where type_ = 'zato-group-member'")
    assert name.startswith('bearer_token-')
    assert 'opaque1' not in told(layout)
    assert 'which no channel can' not in told(layout)
    console = Console({})
    assert validate(console.world, [str(tmp_path / 'wanted.yaml')]) is Exit.OK
    assert 'no problems' in console.out.getvalue()


def test_32_has_neither_and_says_where(tmp_path: Path) -> None:
    path = tmp_path / 'wanted.yaml'
    lines = [line for line in INBOUND.splitlines() if not line.strip().startswith(('issuer', 'jwks', 'aud', 'claims'))]
    path.write_text('\n'.join(lines))
    layout = copy_real('3.2', tmp_path)
    with pytest.raises(InvalidError) as found:
        import_files(Console(layout.environ).world, choice(layout), [str(path)])
    assert [(problem.place.line, problem.text) for problem in found.value.problems if problem.place] == [
        (10, "groups 'Partners': Zato 3.2 has no groups with a bearer_token definition ('In')"),
        (12, "channel_rest 'orders': Zato 3.2 has no channels with a bearer_token definition ('In')"),
    ]


def test_for_32_a_group_with_a_token_is_left_out_with_the_channels_that_it_opens(tmp_path: Path) -> None:
    path = tmp_path / 'wanted.yaml'
    path.write_text(INBOUND)
    layout = copy_real('3.2', tmp_path)
    console = Console(layout.environ)
    assert import_files(console.world, choice(layout), [str(path)], skip_unsupported=True) is Exit.OK
    assert "channel_rest 'users': its groups 'Partners' is left out, and so the whole object is" in console.text
    with opened(choice(layout), layout.environ) as odb:
        assert list(odb.loaded.state) == [('security', 'In')]


@pytest.mark.parametrize('more', ['', ', username: ""'])
def test_a_token_that_is_fetched_needs_a_user_name(more: str, tmp_path: Path) -> None:
    path = tmp_path / 'wanted.yaml'
    item = 'name: a, type: bearer_token, password: abc, auth_endpoint: "https://login.example.com"'
    path.write_text(f'security:\n  - {{{item}{more}}}\n')
    console = Console({})
    assert validate(console.world, [str(path)]) is Exit.INVALID
    assert "bearer_token 'a': 'username' is missing" in console.text


def test_a_41_export_is_silent_where_there_is_no_security_and_the_plan_names_what_stays(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    deploy(layout, *{'my.service'} - set(services(layout)))
    channel = 'channel_rest:\n  - {name: a, service: my.service, url_path: /a, data_format: json}\n'
    put(layout, tmp_path, channel)
    old = exported(layout)
    assert 'security' not in old
    put(layout, tmp_path, INBOUND.split('groups:')[0] + channel.replace('json', 'json, security: In'))
    console = put(layout, tmp_path, old)
    assert "Security kept where no file names any: channel_rest 'a' 'In' (zato-no-security removes it)" in console.text
