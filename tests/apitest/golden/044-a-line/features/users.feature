Feature: Users

  Scenario: First
    Given address "$API"

  Scenario: Second
    Given URL path "/account"

  Scenario: Third
    When the URL is invoked
    Then status is "200"

  Scenario: Fourth
    When the URL is invoked
    Then status is "200"
