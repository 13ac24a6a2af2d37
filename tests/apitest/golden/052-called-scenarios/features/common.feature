Feature: Common

  Scenario: Log in
    Given address "$API"
    And URL path "/html"
    When the URL is invoked
    Then status is "200"
