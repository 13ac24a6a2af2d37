"""API tests in plain English: Gherkin features, steps as tables, failures that say what is wrong."""
