Feature: Users

  @setup
  Scenario: Set up
    Given address "$API"
    When the URL is invoked
    Then status is "200"

  Scenario: First
    Given URL path "/account"
    When the URL is invoked

  @teardown
  Scenario: Clean up
    Given URL path "/account"
    When the URL is invoked
