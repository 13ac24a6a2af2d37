Feature: Messages

  Scenario: A broker that refuses
    Given queue "audit" of "$BROKER"

  Scenario: No broker
    Given queue "audit" of "localhost"

  Scenario: A queue that nobody looks into
    Then queue "audit" has a message

  Scenario: A time that is none
    Then queue "audit" has no message for "long"

  Scenario: Nowhere to publish
    When message "a" is published to exchange "x" with routing key "y"

  Scenario: A Redis that refuses
    Given Redis is "$REDIS"
    Then Redis key "a" exists

  Scenario: No Redis
    Given Redis is "localhost"

  Scenario: A channel that nobody listens to
    Then Redis channel "events" has a message
