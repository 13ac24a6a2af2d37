"""Scenarios that run each other without end, found in the files before anything runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from zatools.apitest.gherkin import reader
from zatools.apitest.gherkin.model import Feature, Scenario, Step
from zatools.apitest.project.config import Project, Selected
from zatools.apitest.running import matching
from zatools.apitest.running.own_code import ProjectCode
from zatools.apitest.steps.index import PhraseMatch
from zatools.place import Place, Problem

HINT = 'a scenario that others run can run others, but none of those that run it'

Node = tuple[Path, int]


class Calls:
    """The graph of scenarios that run others, as far as the files tell it; each file is read once."""

    def __init__(self, features: Iterable[Feature], project: Project, code: ProjectCode) -> None:
        self._project, self._code = project, code
        self._features = {feature.path.resolve(): feature for feature in features}
        self._called: dict[Node, list[tuple[Node, Step]]] = {}
        self._scenarios: dict[Path, dict[int, Scenario]] = {}

    def name(self, node: Node) -> str:
        """Returns a scenario's name."""
        return self._scenario(node).name

    def called(self, node: Node) -> list[tuple[Node, Step]]:
        """Returns the scenarios that a scenario runs, each with the step that runs it."""
        if node not in self._called:
            called = []
            for step in self._scenario(node).steps:
                if other := self._called_by(node[0], step):
                    called.append((other, step))
            self._called[node] = called
        return self._called[node]

    def circle(self, start: Node) -> tuple[list[Node], Step] | None:
        """Returns the path from a scenario into a circle, and its first step; None where there is no circle."""
        # A depth-first search without recursion: chains of calls may be longer than Python's stack.
        path, visited = [start], {start}
        pending = [iter(self.called(start))]
        while pending:
            call = next(pending[-1], None)
            if call is None:
                pending.pop()
                path.pop()
                continue
            node, _ = call
            if node in path:
                path.append(node)
                return path, next(step for other, step in self.called(start) if other == path[1])
            if node not in visited:
                visited.add(node)
                path.append(node)
                pending.append(iter(self.called(node)))
        return None

    def _scenario(self, node: Node) -> Scenario:
        path, line = node
        if path not in self._scenarios:
            self._scenarios[path] = {scenario.line: scenario for scenario in self._features[path].scenarios}
        return self._scenarios[path][line]

    def _called_by(self, path: Path, step: Step) -> Node | None:
        match = matching.find(self._code, step)
        if not isinstance(match, PhraseMatch) or not match.phrase.runs_scenario:
            return None
        name, file = match.values[:2]
        for folder in (path.parent, self._project.features):
            other = (folder / file).resolve()
            if other.is_file():
                return next(((other, scenario.line) for scenario in self._read(other) if scenario.name == name), None)
        return None

    def _read(self, path: Path) -> Iterable[Scenario]:
        if path not in self._features:
            self._features[path] = reader.read(Selected(path))
        return self._features[path].scenarios


def add_problems(features: list[Feature], project: Project, code: ProjectCode) -> set[tuple[str, int]]:
    """Adds endless calls to the problems of their features; returns path and line of all scenarios that are called."""
    # Matching steps takes time, and few projects have scenarios that run others.
    if not any(' has run' in line for feature in features for line in feature.lines):
        return set()
    called: set[tuple[str, int]] = set()
    calls = Calls(features, project, code)
    for feature in features:
        for scenario in feature.scenarios:
            node = feature.path.resolve(), scenario.line
            called |= {(str(path), line) for (path, line), _ in calls.called(node)}
            if circle := calls.circle(node):
                path, step = circle
                text = ' runs '.join(map(calls.name, path))
                feature.broken[scenario.line] = text
                place = Place(feature.label, step.line, feature.column(step))
                feature.problems.append(Problem(place, text, HINT, len(feature.written(step))))
    return called
