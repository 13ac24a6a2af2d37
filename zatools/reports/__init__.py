"""Plans, problems and objects as text, JSON, Markdown, JUnit and GitHub annotations."""
