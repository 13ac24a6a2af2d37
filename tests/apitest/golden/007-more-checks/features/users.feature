Feature: Users

  Scenario: A user
    Given address "$API"
    And URL path "/account"
    When the URL is invoked
    Then path "/name" matches "^\d+$"
    And path "/name" contains text "Mary"
    And path "/id" is greater than "50"
    And path "/id" is between "1" and "10"
    And path "/tags" has "4" items
    And path "/name" is a date
    And path "/name" is an email address
    And path "/site" is not a URL
    And response time is less than "0" ms
    And path "/name" does not contain text "Ada"
    And path "/tags" does not have "3" items
