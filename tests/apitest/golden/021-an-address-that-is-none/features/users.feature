Feature: Users

  Scenario: A user
    Given address "localhost:17010"
    And URL path "/account"
    When the URL is invoked
    Then status is "200"
