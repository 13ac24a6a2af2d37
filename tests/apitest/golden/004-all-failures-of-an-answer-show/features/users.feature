Feature: Users

  Scenario: A user
    Given address "$API"
    And URL path "/account"
    When the URL is invoked
    Then path "/name" is "Mary"
    And status is "201"
    And path "/id" is an integer "42"
    And header "X-Count" is "13"
    And header "X-Cont" exists
    And I store "/id" from response under "id"
    And variable "#id" is an integer "42"
