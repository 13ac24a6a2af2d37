Feature: Users

  Scenario: A user
    Given address "$API"
    And URL path "/flaky/${WHICH}"
    When the URL is invoked
    Then status is "200"
