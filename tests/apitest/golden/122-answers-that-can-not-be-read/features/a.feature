Feature: Answers that can't be read

  Background:
    Given address "$API"

  Scenario: Bytes
    Given URL path "/binary"
    When the URL is invoked
    Then path "/a" is "x"
    And response is equal to "x"

  Scenario: A number of many digits
    Given URL path "/number"
    When the URL is invoked
    Then path "/a" is "x"

  Scenario: Deep JSON
    Given URL path "/deep"
    When the URL is invoked
    Then path "/a" is "x"

  Scenario: Bytes that have an end
    Given URL path "/binary"
    When the URL is invoked
    Then status is "201"
