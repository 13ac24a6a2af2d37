Feature: Users

  @a
  Scenario: First
    Given address "$API"

  @b
  Scenario: Second
    Given URL path "/account"

  Scenario: Third
    Given URL path "/account"
