Feature: Users

  Scenario: A user
    Given address "$API"
    And URL path "/account"
    When the URL is invoked
    Then I am "happy"
    And I fail
    And I break

  Scenario: Steps in steps
    Given I prepare "#{nobody}"

  Scenario: Stored by my own
    Given I keep "a" under "b"
    Then variable "#b" is a string "A"
