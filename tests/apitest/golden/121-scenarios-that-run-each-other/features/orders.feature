Feature: Orders

  Scenario: Order
    Given I store "1" under "a"
    And scenario "Log in" from "users.feature" has run

  Scenario: Pay
    Given scenario "Log in" from "users.feature" has run, at most every "5" minutes

  Scenario: Alone
    Given scenario "Alone" from "orders.feature" has run

  Scenario: By a stored name
    Given I store "By a stored name" under "next"
    And scenario "#next" from "orders.feature" has run

  Scenario: Look
    Given scenario "Look" from "users.feature" has run
