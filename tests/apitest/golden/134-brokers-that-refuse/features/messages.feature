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

  Scenario: A Kafka that refuses
    Given topic "orders" of "$KAFKA"

  Scenario: No Kafka
    Given topic "orders" of "localhost"

  Scenario: A topic that nobody looks into
    Then topic "orders" has a message

  Scenario: No Kafka to publish to
    When message "a" is published to topic "orders" with key "7"
