Feature: Users

  Scenario: A user
    Given address "http://no-such-host.invalid"
    And URL path "/account"
    When the URL is invoked
    Then status is "200"
