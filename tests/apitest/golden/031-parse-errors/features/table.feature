Feature: A

  Scenario: S
    Given request has
      | a | b |
      | c |
