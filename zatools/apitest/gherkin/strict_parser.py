"""behave's parser, made to refuse table rows and texts that nothing closes, and to take backticks for quotes."""

from __future__ import annotations

from typing import Any

from behave.parser import Parser, ParserError, State

from zatools.apitest.gherkin.quick_step import QuickStep

OPEN_ROW, OPEN_TEXT = 'OPEN-ROW', 'OPEN-TEXT'
STATEMENTS = ('background', 'rule', 'scenario', 'scenario_outline', 'examples')
#: Quotes of a text below a step that Gherkin has and behave's parser has not.
BACKTICKS = '```'
STEPS = ('given', 'when', 'then', 'and', 'but')
#: Steps that are of the kind of the one before.
GOING_ON = ('and', 'but')


class StrictParser(Parser):  # type: ignore[misc]
    """Parses a feature; raises behave's ParserError, with the words above for rows and texts that nothing closes."""

    last_step_type: str | None
    _words: tuple[Any, list[tuple[str, str, str]]] = None, []

    def parse(self, text: str, filename: str | None = None) -> Any:
        """Returns behave's model of a feature."""
        feature = super().parse(text, filename)
        if self.state == State.MULTILINE_TEXT:
            raise ParserError(OPEN_TEXT, self.multiline_start, filename)
        return feature

    def action_steps(self, line: str) -> Any:
        """Takes a line of a scenario."""
        if not line.lstrip().startswith(BACKTICKS):
            return super().action_steps(line)
        result = super().action_steps(line.replace(BACKTICKS, '"""', 1))
        self.multiline_terminator = BACKTICKS
        return result

    def parse_step(self, line: str) -> Any:
        """Returns the step of a line; None for a line that is none."""
        lower = line.lower()
        for keyword, small, kind in self._step_keywords():
            if not (line.startswith(keyword) or lower.startswith(small)):
                continue
            before = self.last_step_type
            if kind in GOING_ON and not before:
                # It may go on from the Background; behave knows, or says what is wrong.
                return super().parse_step(line)
            if before and (kind in GOING_ON or keyword.startswith('*')):
                kind = before
            self.last_step_type = kind
            return QuickStep((self.filename, self.line), keyword.rstrip(), kind, line[len(keyword) :].strip())
        return None

    def _step_keywords(self) -> list[tuple[str, str, str]]:
        # behave goes through all words of a language, for each line.
        if self._words[0] is not self.keywords:
            words = [(word, word.lower(), kind) for kind in STEPS for word in self.keywords[kind]]
            self._words = self.keywords, words
        return self._words[1]

    def action_table(self, line: str) -> Any:
        """Takes a row of a table."""
        # behave would only warn on the screen, and cut the last character off the row's last cell.
        row = line.strip()
        if row.startswith('|') and not row.endswith('|'):
            raise ParserError(OPEN_ROW, self.line, self.filename)
        return super().action_table(line)

    def action_multiline_text(self, line: str) -> Any:
        """Takes a line of a text; a step or a scenario that stands left of its quotes means that it isn't closed."""
        try:
            return super().action_multiline_text(line)
        except ParserError:
            if self._has_keyword(line.strip()):
                raise ParserError(OPEN_TEXT, self.multiline_start, self.filename) from None
            raise

    def _has_keyword(self, row: str) -> bool:
        steps = [word for kind in STEPS for word in self.keywords[kind] if not word.startswith('*')]
        return row.startswith(('@', *steps)) or any(self.match_keyword(kind, row) for kind in STATEMENTS)
