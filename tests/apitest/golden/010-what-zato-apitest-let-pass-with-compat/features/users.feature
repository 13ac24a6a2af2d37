Feature: Users

  Scenario: A user
    Given address "$API"
    And URL path "/account"
    When the URL is invoked
    Then path "/note" is not empty
    And path "/boss" is not empty
    And path "/is_active" is any integer
    And path "/is_active" is an integer "1"
    And path "/id" is not one of "42, 43"
    And path "/friends/0" contains ""name""
