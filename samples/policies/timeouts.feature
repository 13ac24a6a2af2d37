Feature: Nobody waits longer than a minute

  Scenario: Nobody waits longer than a minute
    Then every outgoing_rest has "timeout" of at most "60"
