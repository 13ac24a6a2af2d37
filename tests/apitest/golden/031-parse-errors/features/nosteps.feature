Feature: A

  Scenario: S
