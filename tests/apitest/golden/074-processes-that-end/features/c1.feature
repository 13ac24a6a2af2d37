Feature: Good

  Scenario: S
    Given nothing
