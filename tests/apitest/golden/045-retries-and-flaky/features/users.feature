Feature: Users

  Scenario: A user
    Given address "$API"
    And URL path "/flaky/one"
    When the URL is invoked
    Then status is "200"
