Feature: Ends

  Scenario: S
    Given exit 4, and a child that stays
