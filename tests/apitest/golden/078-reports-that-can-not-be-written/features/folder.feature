Feature: A folder where a report will be

  Scenario: Make it
    Given a folder "report.json"
