Feature: First

  Scenario: Begins with And
    And status is "200"
