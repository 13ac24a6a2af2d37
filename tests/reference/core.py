"""A definition file as an editor sees it: YAML 1.2's core schema, where `No`, 12:30 and dates are texts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml


class Core(yaml.CSafeLoader):
    """PyYAML's loader with the scalars of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, Any] = {}


for tag, pattern, first in (
    ('null', r'~|null|Null|NULL|', ['~', 'n', 'N', '']),
    ('bool', r'true|True|TRUE|false|False|FALSE', list('tTfF')),
    ('int', r'[-+]?(0|[1-9][0-9]*)', list('-+0123456789')),
    ('float', r'[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?', list('-+.0123456789')),
    ('merge', '<<', ['<']),
):
    Core.add_implicit_resolver(f'tag:yaml.org,2002:{tag}', re.compile(f'^(?:{pattern})$'), first)


def load(path: Path) -> Any:
    """Returns the value of a YAML or JSON file; raises ValueError or a YAMLError where it is none."""
    text = path.read_text(encoding='utf-8-sig')
    return json.loads(text) if path.suffix == '.json' else yaml.load(text, Core)
