Feature: Messages

  Scenario: Messages of a broker
    Given broker is "@broker"
    And queue "plain.@{run}" of "@broker"
    And queue "audit.@{run}" of "@broker" bound to exchange "amq.topic" with routing key "@{run}.*"
    When message "{"user": "my.user"}" is published to exchange "amq.topic" with routing key "@{run}.one"
    And message "hello" is put into queue "audit.@{run}"
    Then within "20s" queue "audit.@{run}" has "2" messages
    And within "20s" queue "audit.@{run}" has a message
    And within "20s" queue "audit.@{run}" has a message with path "/user" is "my.user"
    And within "20s" queue "audit.@{run}" has a message with text "hello"
    And within "20s" queue "audit.@{run}" has a message with
      | /user       | my.user      |
      | routing key | @{run}.one |
    And queue "audit.@{run}" has a message
    And queue "audit.@{run}" has a message with path "/user" is "my.user"
    And queue "audit.@{run}" has a message with text "hell"
    And queue "audit.@{run}" has a message with
      | text | hello |
    And queue "audit.@{run}" has "2" messages
    And queue "plain.@{run}" has no message for "100ms"
    And I store message of queue "audit.@{run}" under "last"
    And variable "#last" is a string "hello"
