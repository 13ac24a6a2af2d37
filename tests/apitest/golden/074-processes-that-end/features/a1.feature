Feature: Ends

  Scenario: S
    Given exit 0
