Feature: Answers that steer terminals

  Scenario: A text
    Given address "http://${HTTP}"
    And URL path "/steering/text"
    When the URL is invoked
    Then path "/a" is "x"
    And header "X-Steers" is "x"

  Scenario: JSON
    Given URL path "/steering/json"
    When the URL is invoked
    Then path "/a" is "x"
    And path "/b" is "x"
    And path "/c" is "x"
