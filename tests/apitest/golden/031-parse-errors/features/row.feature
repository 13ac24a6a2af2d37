Feature: A

  Scenario: S
    Given request has
      | path | value |
      | /a   | 12
      | /b   | 34    |
