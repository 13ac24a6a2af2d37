"""What a run found out, for people and programs: terminal, JUnit, JSON, HTML, GitHub."""
