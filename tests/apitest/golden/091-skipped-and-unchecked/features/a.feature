Feature: Skipped and unchecked

  @notyet
  Scenario: Skipped by a hook
    Given it runs

  Scenario: Skipped by a step
    Given I skip
    Then it runs

  Scenario: Calls and looks at nothing
    Given address "$API"
    And URL path "/account"
    When the URL is invoked

  Scenario: Calls and looks
    When the URL is invoked
    Then status is "200"
