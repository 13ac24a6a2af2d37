Scenario: S
  Given address "x"
