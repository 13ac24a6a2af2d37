Feature: Redis

  Scenario: Keys, lists and channels
    Given Redis is "@redis"
    And Redis key "@{run}:user" is set to "Ada"
    And Redis key "@{run}:none" is removed
    And Redis channel "@{run}:events" is listened to
    When message "first" is pushed to Redis list "@{run}:jobs"
    And message "{"user": "my.user"}" is pushed to Redis list "@{run}:jobs"
    And message "{"user": "my.user"}" is published to Redis channel "@{run}:events"
    Then Redis key "@{run}:user" exists
    And Redis key "@{run}:user" is "Ada"
    And Redis key "@{run}:none" does not exist
    And Redis list "@{run}:jobs" has "2" items
    And Redis list "@{run}:jobs" has an item "first"
    And Redis list "@{run}:jobs" has an item with path "/user" is "my.user"
    And within "20s" Redis key "@{run}:user" exists
    And within "20s" Redis key "@{run}:user" is "Ada"
    And within "20s" Redis key "@{run}:none" does not exist
    And within "20s" Redis list "@{run}:jobs" has "2" items
    And within "20s" Redis list "@{run}:jobs" has an item "first"
    And within "20s" Redis list "@{run}:jobs" has an item with path "/user" is "my.user"
    And within "20s" Redis channel "@{run}:events" has a message
    And within "20s" Redis channel "@{run}:events" has a message with path "/user" is "my.user"
    And within "20s" Redis channel "@{run}:events" has a message with text "user"
    And within "20s" Redis channel "@{run}:events" has a message with
      | /user | my.user |
    And within "20s" Redis channel "@{run}:events" has "1" messages
    And Redis channel "@{run}:events" has a message
    And Redis channel "@{run}:events" has a message with path "/user" is "my.user"
    And Redis channel "@{run}:events" has a message with text "user"
    And Redis channel "@{run}:events" has a message with
      | routing key | @{run}:events |
    And Redis channel "@{run}:events" has "1" messages
    Given Redis channel "@{run}:quiet" is listened to
    Then Redis channel "@{run}:quiet" has no message for "100ms"
