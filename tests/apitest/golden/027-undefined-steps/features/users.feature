Feature: Users

  Scenario: A word is wrong
    Given address "$API"
    And URL pth "/account"
    When the URL is invoked
    Then status is "200"

  Scenario: The wrong group
    Given address "$API"
    When the URL is invoked
    Then status is "200"
    Given status is "200"

  Scenario: Nothing like it
    Given the moon is full

  Scenario: A value is missing
    Given address
