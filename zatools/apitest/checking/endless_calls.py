"""Scenarios that run each other without end: found in the files, before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from zatools.apitest.gherkin import reader
from zatools.apitest.gherkin.model import Feature, Scenario, Step
from zatools.apitest.project.config import Project, Selected
from zatools.apitest.running import matching
from zatools.apitest.running.own_code import ProjectCode
from zatools.apitest.steps.index import Found
from zatools.place import Place, Problem

HINT = 'a scenario that others run can run others, but none of those that run it'

Node = tuple[Path, int]


class Calls:
    """Which scenario runs which, as far as the files say; each file is read once."""

    def __init__(self, features: Iterable[Feature], project: Project, code: ProjectCode) -> None:
        self._project, self._code = project, code
        self._features = {feature.path.resolve(): feature for feature in features}
        self._known: dict[Node, list[tuple[Node, Step]]] = {}
        self._scenarios: dict[Path, dict[int, Scenario]] = {}

    def name(self, node: Node) -> str:
        """Returns a scenario's name."""
        return self._scenario(node).name

    def called(self, node: Node) -> list[tuple[Node, Step]]:
        """Returns the scenarios that one runs, each with the step that says so."""
        if node not in self._known:
            steps = self._scenario(node).steps
            self._known[node] = [(other, step) for step in steps for other in self._of_step(node[0], step)]
        return self._known[node]

    def circle(self, start: Node) -> tuple[list[Node], Step] | None:
        """Returns the way from a scenario into a circle, and its first step; None where there is none."""
        way, seen = [start], {start}
        pending = [iter(self.called(start))]
        while pending:
            found = next(pending[-1], None)
            if found is None:
                pending.pop()
                way.pop()
            elif found[0] in way:
                way.append(found[0])
                return way, next(step for node, step in self.called(start) if node == way[1])
            elif found[0] not in seen:
                seen.add(found[0])
                way.append(found[0])
                pending.append(iter(self.called(found[0])))
        return None

    def _scenario(self, node: Node) -> Scenario:
        path, line = node
        if path not in self._scenarios:
            self._scenarios[path] = {scenario.line: scenario for scenario in self._features[path].scenarios}
        return self._scenarios[path][line]

    def _of_step(self, path: Path, step: Step) -> Iterator[Node]:
        found = matching.find(self._code, step)
        if not isinstance(found, Found) or not found.phrase.runs_scenario:
            return
        for folder in (path.parent, self._project.features):
            other = (folder / found.values[1]).resolve()
            if other.is_file():
                if other not in self._features:
                    self._features[other] = reader.read(Selected(other))
                feature = self._features[other]
                same = (scenario for scenario in feature.scenarios if scenario.name == found.values[0])
                yield from ((other, scenario.line) for scenario in list(same)[:1])
                return


def mark(features: list[Feature], project: Project, code: ProjectCode) -> set[tuple[str, int]]:
    """Makes scenarios whose calls never end problems of their features; returns path and line of all called ones."""
    if not any(' has run' in line for feature in features for line in feature.lines):
        return set()
    known: set[tuple[str, int]] = set()
    calls = Calls(features, project, code)
    for feature in features:
        for scenario in feature.scenarios:
            node = feature.path.resolve(), scenario.line
            known |= {(str(path), line) for (path, line), _ in calls.called(node)}
            found = calls.circle(node)
            if found is None:
                continue
            way, step = found
            text = ' runs '.join(map(calls.name, way))
            feature.broken[scenario.line] = text
            place = Place(feature.label, step.line, feature.column(step))
            feature.problems.append(Problem(place, text, HINT, len(feature.written(step))))
    return known
