Feature: Users

  Scenario: A user
    Given address "https://127.0.0.1:${PORT}"
    And URL path "/account"
    When the URL is invoked
    Then status is "200"
