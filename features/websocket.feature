Feature: WebSockets

  Background:
    Given WebSocket "prices" is connected to "@{talking}/prices"

  Scenario: Messages go and come
    When message "{"subscribe": "EUR"}" is sent to WebSocket "prices"
    Then within "20s" WebSocket "prices" has a message with path "/subscribe" is "EUR"
    And within "20s" WebSocket "prices" has a message
    And within "20s" WebSocket "prices" has a message with text "EUR"
    And within "20s" WebSocket "prices" has a message with
      | /subscribe | EUR |
    And within "20s" WebSocket "prices" has "2" messages
    And WebSocket "prices" has a message
    And WebSocket "prices" has a message with path "/hello" is "/prices"
    And WebSocket "prices" has a message with text "EUR"
    And WebSocket "prices" has a message with
      | /subscribe | EUR  |
      | type       | text |
    And WebSocket "prices" has "2" messages
    And WebSocket "prices" is open
    And I store message of WebSocket "prices" under "last"
    And variable "#last" is JSON "{"subscribe": "EUR"}"

  Scenario: It is closed by the server
    When message "bye" is sent to WebSocket "prices"
    Then within "20s" WebSocket "prices" was closed
    And within "20s" WebSocket "prices" was closed with code "4001"
    And WebSocket "prices" was closed

  Scenario: It is closed by the test
    When WebSocket "prices" is closed
    Then WebSocket "prices" was closed with code "1000"

  Scenario: A protocol of its own
    Given WebSocket "quiet" is connected to "@{talking}/v1" with protocol "v1.prices"
    Then within "20s" WebSocket "quiet" has a message with path "/protocol" is "v1.prices"

  Scenario: Nothing comes
    Given WebSocket "quiet" is connected to "@{talking}/quiet"
    Then WebSocket "quiet" has no message for "100ms"
