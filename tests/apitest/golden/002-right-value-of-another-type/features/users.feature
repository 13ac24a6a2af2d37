Feature: Users

  Scenario: A user
    Given address "$API"
    And URL path "/account"
    When the URL is invoked
    Then path "/id" is "42"
    And path "/name" is an integer "1"
    And path "/is_active" is "true"
    And path "/score" is "3.5"
