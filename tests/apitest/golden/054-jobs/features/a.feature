Feature: Users

  Scenario: Of a
    Given address "$API"
    And URL path "/account"
    When the URL is invoked
    Then status is "200"
    And path "/id" is "1"
