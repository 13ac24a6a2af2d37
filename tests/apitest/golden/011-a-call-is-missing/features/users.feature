Feature: Users

  Scenario: A user
    Given address "$API"
    And URL path "/account"
    When the URL is invoked
    Then status is "200"

  Scenario: The call was deleted
    Then status is "200"
