Feature: A

  Scenario: S
    And address "x"
