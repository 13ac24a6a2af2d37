"""Reports of a run, for people and programs: terminal, HTML, JUnit, JSON, GitHub."""
