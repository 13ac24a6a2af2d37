Feature: Users

  Scenario: An environment variable
    Given address "$API_ADRESS"

  Scenario: A stored value
    Given I store "my.user" under "user"
    And I store "#usr" under "copy"

  Scenario: A value of the configuration
    Given address "@adress"

  Scenario: In the middle of a text
    Given URL path "/users/#{usr}/${NOBODY_HAS_THIS}"
