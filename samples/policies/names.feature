Feature: Channels have names of APIs

  Scenario: Channels have names of APIs
    Then every channel_rest is called like "api.*"
