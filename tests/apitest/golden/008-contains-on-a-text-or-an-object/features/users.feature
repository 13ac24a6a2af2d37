Feature: Users

  Scenario: A user
    Given address "$API"
    And URL path "/account"
    When the URL is invoked
    Then path "/name" contains ""Ada""
    And path "/extra" contains ""a""
    And path "/tags" contains ""z""
    And path "/tags" contains "z"
