Feature: A

  Scenario: S
    Given request is
      """
      {"a": 1}
