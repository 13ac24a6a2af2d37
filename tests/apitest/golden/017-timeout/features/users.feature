Feature: Users

  Scenario: A user
    Given address "$API"
    And URL path "/slow?seconds=2"
    And timeout is "0.3" seconds
    When the URL is invoked
    Then status is "200"
