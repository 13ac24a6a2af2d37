Feature: Ends

  Scenario: S
    Given signal 11
