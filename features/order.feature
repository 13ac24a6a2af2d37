Feature: What runs when

  @setup
  Scenario: Set up
    Given address "@address"
    And I store "made in set-up" under "made"

  @teardown
  Scenario: Clean up
    Given URL path "/account"
    When the URL is invoked
    Then status is "200"

  Scenario: A scenario of another file has run
    Given scenario "Log in" from "common.feature" has run
    And scenario "Log in" from "common.feature" has run
    And scenario "Log in" from "common.feature" has run, at most every "10" minutes
    Then variable "#token" starts with "tok-"
    And variable "#made" is a string "made in set-up"
    And variable "#count" is less than "3"

  Scenario: A token that has expired is refreshed
    Given a new request
    And URL path "/expiring"
    And scenario "Get a token" from "common.feature" has run
    And scenario "Get a token" from "common.feature" runs again when status is "401"
    And bearer token "#expiring"
    When the URL is invoked
    Then status is "200"

  @slow @known-failure:DEMO-1
  Scenario: What is known to fail is yellow
    Given URL path "/html"
    When the URL is invoked
    Then status is "200"
