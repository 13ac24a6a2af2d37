Feature: Users

  Scenario: A user
    Given address "$API"
    And URL path "/account"
    When the URL is invoked
    Then path "/nmae" is "Ada Lovelace"
    And path "/friends/0/nam" is "x"
    And path "/friends/7" exists
    And path "/name/first" is "Ada"
    And path "name" is "Ada"
