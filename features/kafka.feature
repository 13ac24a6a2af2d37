Feature: Kafka

  Scenario: Messages of a topic
    Given Kafka is "@talking"
    When message "first" is published to topic "audit"
    Given topic "orders" of "@talking"
    And topic "audit" of "@talking"
    When message "{"user": "my.user"}" is published to topic "orders" with key "7"
    And message "{"user": "my.user"}" is published to topic "orders"
    Then topic "audit" has no message for "100ms"
    When message "hello" is published to topic "orders" with
      | key         | 8   |
      | header kind | new |
    Then within "20s" topic "orders" has "3" messages
    And within "20s" topic "orders" has a message
    And within "20s" topic "orders" has a message with path "/user" is "my.user"
    And within "20s" topic "orders" has a message with text "hell"
    And within "20s" topic "orders" has a message with
      | key         | 8     |
      | header kind | new   |
      | text        | hello |
    And topic "orders" has a message
    And topic "orders" has a message with path "/user" is "my.user"
    And topic "orders" has a message with text "hell"
    And topic "orders" has a message with
      | /user | my.user |
      | key   | 7       |
    And topic "orders" has "3" messages
    And I store message of topic "orders" under "last"
    And variable "#last" is a string "hello"
