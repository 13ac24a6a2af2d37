Feature: Users

  Scenario: A user
    Given address "$API"
    And URL path "/account"
    When the URL is invoked
    Then status is "200"
    And path "/id" is an integer "42"
