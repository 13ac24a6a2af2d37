Feature: Users

  Scenario: Log in
    Given scenario "Order" from "orders.feature" has run

  Scenario: Look
    Given I store "1" under "one"
