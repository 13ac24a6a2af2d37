@serial
Feature: Ends alone

  Scenario: S
    Given exit 0
