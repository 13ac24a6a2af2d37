Feature: A

  Scenario Outline: S
    Given address "<x>"

    Examples:
      | x |
