Feature: Production calls no test system

  Scenario: Production calls no test system
    Given environment "prod*"
    Then no outgoing_rest has "host" like "*.test.*"
