Feature: Users

  @teardown
  Scenario: Clean up
    Given URL path "/status/200"
    When the URL is invoked
    Then status is "200"

  Scenario: First
    Given URL path "/account"
    When the URL is invoked
    Then status is "500"

  Scenario: Second
    When the URL is invoked
    Then status is "200"

  @setup
  Scenario: Set up
    Given address "$API"
