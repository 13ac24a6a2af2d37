Feature: Users

  Scenario: Passes
    Given address "$API"
    And URL path "/account"
    When the URL is invoked
    Then status is "200"
