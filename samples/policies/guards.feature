Feature: Channels are guarded

  Scenario: Channels are guarded
    Then every channel_rest has "security"
