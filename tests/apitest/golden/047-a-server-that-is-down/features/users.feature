Feature: Users

  Background:
    Given address "$CLOSED"

  Scenario: Call 1
    When the URL is invoked
    Then status is "200"

  Scenario: Call 2
    When the URL is invoked
    Then status is "200"

  Scenario: Call 3
    When the URL is invoked
    Then status is "200"

  Scenario: Call 4
    When the URL is invoked
    Then status is "200"

  Scenario: Call 5
    When the URL is invoked
    Then status is "200"

  Scenario: Call 6
    When the URL is invoked
    Then status is "200"

  Scenario: Call 7
    When the URL is invoked
    Then status is "200"
