Feature: Users

  Scenario: A file that is missing
    Given scenario "Log in" from "comon.feature" has run

  Scenario: A scenario that is missing
    Given scenario "Log on" from "common.feature" has run

  Scenario: A scenario that fails
    Given scenario "Log in" from "common.feature" has run
