"""The commands of `zato enmasse`."""

from __future__ import annotations

from typing import Annotated

import typer

from zatools.cli import completion
from zatools.cli.command import Command
from zatools.cli.history import DRIFT, LOG, UNDO
from zatools.cli.options import (
    AS_JSON,
    CONFLICT,
    ENV_FILE,
    FORMAT,
    GENERATION,
    NAMES,
    ODB,
    OUTSIDE,
    OVERLAYS,
    PATHS,
    POLICY,
    REFERENCES,
    SKIP_UNKNOWN,
    SKIP_UNSUPPORTED,
    STRICT,
    TYPES,
    LockTimeout,
    Option,
    flag,
    one_of,
    text,
)

SOURCE = Option(
    'source',
    Annotated[str, typer.Option('--from', help='What to look at: a file, folder, glob, ODB URL or server directory.')],
    '',
)

EXPORT = Command(
    'export',
    'zatools.commands.export:export',
    'Export definitions from an ODB to files. The same ODB gives the same bytes.',
    (
        Option(
            'output',
            Annotated[str, typer.Option('-o', '--output', help='File, folder (ends with /) or - for standard output.')],
            '-',
        ),
        FORMAT,
        TYPES,
        NAMES,
        REFERENCES,
        one_of('split_by', '--split-by', 'area, type or object: into a folder.', 'area', 'type', 'object'),
        flag('full', '--full', 'Write defaults too.'),
        flag('secrets', '--secrets', 'Write the secrets themselves, to a file of mode 0600.'),
        GENERATION,
        SKIP_UNSUPPORTED,
        flag('force', '--force', 'Overwrite files of the folder that are not from an export.'),
        PATHS,
        flag('update', '--update', 'Put values that differ into the files that are named, all else as it is written.'),
        text('new_in', '--new-in', 'With --update: the file for new objects; else that of most of their section.'),
        flag('remove_missing', '--remove-missing', 'With --update: take out objects that the ODB does not have.'),
        OVERLAYS,
        ENV_FILE,
        OUTSIDE,
        SKIP_UNKNOWN,
        *ODB,
    ),
    (
        'zato enmasse export',
        'zato enmasse export -o definitions/ --split-by object',
        'zato enmasse export --update definitions/ --remove-missing',
        'zato enmasse export --server env/qs-1/server1 --type security,channel_rest -o api.yaml',
    ),
)
IMPORT = Command(
    'import',
    'zatools.commands.import_:import_files',
    'Import definitions from files into an ODB, all of them or none.',
    (
        PATHS,
        TYPES,
        NAMES,
        REFERENCES,
        flag('replace', '--replace', 'Change objects that exist and differ.'),
        flag('dry_run', '--dry-run', 'Do all of it, then roll back.'),
        flag('delete', '--delete', 'Delete objects that are in no file, of sections the files have.'),
        Option('yes', Annotated[int | None, typer.Option('--yes', help='The number of deletions that is meant.')]),
        POLICY,
        text('plan', '--plan', 'Do exactly the plan that diff or --dry-run ended with, or nothing.'),
        OVERLAYS,
        ENV_FILE,
        flag('require_secrets', '--require-secrets', "A secret's variable that is not set is an error."),
        CONFLICT,
        OUTSIDE,
        SKIP_UNKNOWN,
        SKIP_UNSUPPORTED,
        STRICT,
        text('backup', '--backup', 'Before the first change, write all objects to this file, secrets sealed.'),
        text('restore', '--restore', 'In place of files: what such a backup has. What came since goes.'),
        flag('reload', '--reload', 'Then tell the running server: 4.1 re-reads all, 3.2 syncs its security.'),
        Option(
            'server_url',
            Annotated[
                str, typer.Option('--server-url', help='Where that server listens, if --server DIR does not say.')
            ],
            '',
        ),
        Option(
            'wait_services',
            Annotated[
                str,
                typer.Option('--wait-services', help='How long to wait for services being deployed, as in 60s or 2m.'),
            ],
            '',
        ),
        flag('live', '--live', "Through the running server's services, in force at once; 3.2 only, its default there."),
        Option(
            'live_url',
            Annotated[str, typer.Option('--live-url', help='Where that server listens; ZATO_SERVER_USER, _PASSWORD.')],
            '',
        ),
        flag('direct', '--direct', 'Into the ODB, whether or not a server runs.'),
        Option('jobs', Annotated[int, typer.Option('--jobs', help='Connections to that server at once.')], 4),
        Option(
            'rollback',
            Annotated[
                bool | None,
                typer.Option('--rollback/--no-rollback', help='Undo what is done when a call fails, or leave it.'),
            ],
        ),
        AS_JSON,
        Option('lock_timeout', LockTimeout, 30.0),
        *ODB,
    ),
    (
        'zato enmasse import definitions/ --dry-run',
        'zato enmasse import definitions/ --plan 7f3a91c2',
        'zato enmasse import definitions/ --plan 7f3a91c2 --backup before.json',
        'zato enmasse import --restore before.json --dry-run',
        'zato enmasse import definitions/ --live --replace --server env/qs-1/server1',
        'zato enmasse import definitions/ --replace --env-file prod.env',
        'zato enmasse import definitions/ --replace --server env/qs-1/server1 --wait-services 60s --reload',
        'zato enmasse import base.yaml --overlay prod.yaml --odb postgresql://zato@db/zato',
    ),
)
DIFF = Command(
    'diff',
    'zatools.commands.diff:diff',
    'Show what an import would change, field by field. Exit 1 if anything differs.',
    (
        PATHS,
        Option(
            'source',
            Annotated[str, typer.Option('--from', help='What is: a file, folder, glob, ODB URL or server directory.')],
            '',
        ),
        Option('target', Annotated[str, typer.Option('--to', help='What is wanted: likewise.')], ''),
        TYPES,
        NAMES,
        REFERENCES,
        flag('delete', '--delete', 'Objects that are in no file are differences.'),
        OVERLAYS,
        ENV_FILE,
        CONFLICT,
        OUTSIDE,
        SKIP_UNKNOWN,
        SKIP_UNSUPPORTED,
        STRICT,
        AS_JSON,
        flag('as_markdown', '--markdown', 'Print Markdown, for pull requests.'),
        *ODB,
    ),
    (
        'zato enmasse diff definitions/',
        'zato enmasse diff --from old.yaml --to new.yaml --markdown',
        'zato enmasse diff --from env/test/server1 --to env/prod/server1',
    ),
)
MERGE = Command(
    'merge',
    'zatools.commands.merge:merge',
    'Merge files into one. An object that two files define differently is an error.',
    (
        Option('output', Annotated[str, typer.Option('-o', '--output', help='File, or - for standard output.')], ...),
        PATHS,
        FORMAT,
        GENERATION,
        OVERLAYS,
        CONFLICT,
        OUTSIDE,
        SKIP_UNKNOWN,
        SKIP_UNSUPPORTED,
    ),
    ('zato enmasse merge security.yaml rest.yaml -o all.yaml', 'zato enmasse merge base.yaml --overlay prod.yaml -o -'),
)
MERGE_DRIVER = Command(
    'merge-driver',
    'zatools.commands.merge_driver:merge_driver',
    'Merge two versions of a file for git, object by object and field by field. Exit 1 where conflicts are marked.',
    (
        Option('base', Annotated[str, typer.Argument(help="What both began with: git's %O.")], ...),
        Option('ours', Annotated[str, typer.Argument(help="Our version, which takes the result: git's %A.")], ...),
        Option('theirs', Annotated[str, typer.Argument(help="Their version: git's %B.")], ...),
        Option('marker_size', Annotated[int, typer.Option('--marker-size', help="Length of marks: git's %L.")], 7),
        text('path', '--path', "What messages call the file: git's %P."),
    ),
    (
        'zato enmasse merge-driver base.yaml ours.yaml theirs.yaml',
        "git config merge.zato.driver 'zato enmasse merge-driver %O %A %B --marker-size %L --path %P'",
        "echo 'definitions/**/*.yaml merge=zato' >> .gitattributes",
    ),
)
VALIDATE = Command(
    'validate',
    'zatools.commands.validate:validate',
    'Check files without a database; all problems at once. Exit 3 if there are any.',
    (
        PATHS,
        OVERLAYS,
        ENV_FILE,
        POLICY,
        flag('all_envs', '--all-envs', 'Check the files of every environment of zatools.toml.'),
        one_of('generation', '--for', 'Check it for Zato 3.2 or 4.1.', '3.2', '4.1'),
        CONFLICT,
        one_of('format', '--format', 'text, json or github.', 'text', 'json', 'github', default='text'),
        STRICT,
        OUTSIDE,
        SKIP_UNKNOWN,
        SKIP_UNSUPPORTED,
        *ODB,
    ),
    (
        'zato enmasse validate definitions/',
        'zato enmasse validate definitions/ --policy policies/',
        'zato enmasse validate definitions/ --strict --format github',
        'zato enmasse validate definitions/ --for 4.1',
        'zato enmasse validate --all-envs',
    ),
)
LIST = Command(
    'list',
    'zatools.commands.objects:list_objects',
    'List the objects of an ODB or of files.',
    (
        Option('file', Annotated[str, typer.Argument(help='As --from: what to look at.')], ''),
        SOURCE,
        TYPES,
        NAMES,
        OUTSIDE,
        SKIP_UNKNOWN,
        AS_JSON,
        *ODB,
    ),
    (
        'zato enmasse list',
        'zato enmasse list --type channel_rest --name "api.*"',
        'zato enmasse list definitions/ --json',
    ),
)
SHOW = Command(
    'show',
    'zatools.commands.objects:show',
    'Show an object, what it refers to and what refers to it. Exit 1 if there is none.',
    (
        Option(
            'name', Annotated[str, typer.Argument(help='Name of the object.', autocompletion=completion.names)], ...
        ),
        SOURCE,
        TYPES,
        flag('full', '--full', 'Show defaults too.'),
        OUTSIDE,
        SKIP_UNKNOWN,
        AS_JSON,
        *ODB,
    ),
    (
        'zato enmasse show CRM',
        'zato enmasse show api.user.get-details --from definitions/',
        'zato enmasse show "CRM login" --type security --server env/qs-1/server1',
    ),
)
WHY = Command(
    'why',
    'zatools.commands.why:why',
    'Tell which file, line, overlay, anchor, variable or default a value comes from. Exit 1 if there is no object.',
    (
        Option(
            'name',
            Annotated[str, typer.Argument(help='NAME or NAME.FIELD of an object.', autocompletion=completion.names)],
            ...,
        ),
        PATHS,
        TYPES,
        flag('full', '--full', 'Tell defaults too.'),
        OVERLAYS,
        ENV_FILE,
        CONFLICT,
        OUTSIDE,
        SKIP_UNKNOWN,
        AS_JSON,
    ),
    (
        'zato enmasse why CRM definitions/',
        'zato enmasse why CRM.timeout --env prod',
        'zato enmasse why CRM.timeout base.yaml --overlay prod.yaml --json',
    ),
)
VARIABLES = Command(
    'variables',
    'zatools.commands.variables:variables',
    'Tell every variable that files want. Whether it is set, and who wants it; values are never shown.',
    (
        PATHS,
        OVERLAYS,
        ENV_FILE,
        OUTSIDE,
        one_of('format', '--format', 'text, dotenv or json.', 'text', 'dotenv', 'json', default='text'),
    ),
    (
        'zato enmasse variables definitions/',
        'zato enmasse variables definitions/ --env-file prod.env',
        'zato enmasse variables definitions/ --format dotenv > prod.env',
    ),
)
SCHEMA = Command(
    'schema',
    'zatools.commands.schema:schema',
    'Print a JSON Schema of definition files. Editors check and complete with it as you type.',
    (
        Option(
            'paths',
            Annotated[
                list[str] | None, typer.Argument(help='With --write: files or folders; else the current folder.')
            ],
        ),
        flag('write', '--write', 'Put it beside the files, and a line that names it into them.'),
        flag('overlay', '--overlay', 'For overlays: objects may be given in part.'),
    ),
    (
        'zato enmasse schema > definitions.schema.json',
        'zato enmasse schema --write definitions/',
        'zato enmasse schema --write --overlay prod.yaml',
    ),
)
KINDS = Command(
    'kinds',
    'zatools.commands.kinds:kinds',
    'List the kinds of objects. What files of each generation call them, and what can be done with them.',
    (AS_JSON,),
    ('zato enmasse kinds', 'zato enmasse kinds --json'),
)
FMT = Command(
    'fmt',
    'zatools.commands.fmt:fmt',
    'Give YAML files the order and the quoting of an export. Comments stay, and so does each value.',
    (
        PATHS,
        flag('check', '--check', 'Write nothing: exit 1 where something would change.'),
        OVERLAYS,
        OUTSIDE,
        SKIP_UNKNOWN,
    ),
    ('zato enmasse fmt definitions/', 'zato enmasse fmt definitions/ --check'),
)
STEPS = Command(
    'steps',
    'zatools.commands.policies:steps',
    'List the steps that policies are written in.',
    (AS_JSON,),
    ('zato enmasse policy steps', 'zato enmasse policy steps --json'),
)
POLICIES = (STEPS,)
ENMASSE = (
    EXPORT,
    IMPORT,
    DIFF,
    MERGE,
    MERGE_DRIVER,
    VALIDATE,
    LIST,
    SHOW,
    WHY,
    VARIABLES,
    SCHEMA,
    KINDS,
    LOG,
    UNDO,
    DRIFT,
    FMT,
)
