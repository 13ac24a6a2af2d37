Feature: No definition is left over

  Scenario: No definition is left over
    Then every security is used
