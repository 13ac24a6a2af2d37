Feature: Orders

  @setup
  Scenario: Set up
    Given address "$API"
    And URL path "/account"

  @read
  Scenario: Read
    When the URL is invoked
    Then status is "500"

  @list
  Scenario: List
    When the URL is invoked
    Then status is "200"

  @teardown
  Scenario: Clean up
    Given URL path "/count/cleaned"
    When the URL is invoked
    Then status is "200"
