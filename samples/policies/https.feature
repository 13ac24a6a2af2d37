Feature: Addresses are encrypted

  Scenario: Addresses are encrypted
    Then no outgoing_rest has "host" like "http://*"
