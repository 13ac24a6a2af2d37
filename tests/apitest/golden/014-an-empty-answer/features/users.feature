Feature: Users

  Scenario: A user
    Given address "$API"
    And URL path "/status/204"
    When the URL is invoked
    Then status is "204"
    And path "/id" exists
