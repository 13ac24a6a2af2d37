Feature: An outline

  Scenario Outline: <name>
    Given addres "<name>"
    And header "X" "#<name>"
    And header "Y" "${NONE}"
    And <what> "x"

    Examples:
      | name | what |
      | a    | b    |
