Feature: WebSockets and GraphQL

  Scenario: A server that is not there
    Given WebSocket "a" is connected to "ws://127.0.0.1:9/prices?token=$TOKEN"

  Scenario: A login that is refused
    Given header "Authorization" "Bearer $TOKEN"
    And WebSocket "a" is connected to "ws://${PRICES}/closed"

  Scenario: No address
    Given WebSocket "a" is connected to "localhost"

  Scenario: One that nobody opened
    When message "x" is sent to WebSocket "b"

  Scenario: A message that does not come
    Given WebSocket "prices" is connected to "ws://${PRICES}/prices"
    When message "bye" is sent to WebSocket "prices"
    Then within "100ms" WebSocket "prices" has a message with path "/price" is "1"
    And WebSocket "prices" was closed with code "1000"

  Scenario: A query that is wrong
    Given address "http://${USERS}"
    And URL path "/graphql"
    When GraphQL query "{ user { name card } }" is run
    Then path "/data/user/name" is "Ada"

  Scenario: An error that is expected
    When GraphQL query "{ user(id: 7) { name } }" is run, which may fail
    Then GraphQL has an error with path "/extensions/code" is "FORBIDDEN"

  Scenario: No GraphQL
    Given URL path "/plain"
    When GraphQL query "{ clock }" is run

  Scenario: Variables that are none
    Given GraphQL variables are "1"
