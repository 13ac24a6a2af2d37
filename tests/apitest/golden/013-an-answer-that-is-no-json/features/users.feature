Feature: Users

  Scenario: A user
    Given address "$API"
    And URL path "/html"
    When the URL is invoked
    Then path "/id" is "42"
    And status is "200"
    And header "Content-Type" contains "json"
    And JSON response exists
