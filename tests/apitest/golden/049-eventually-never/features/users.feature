Feature: Jobs

  Scenario: It takes too long
    Given address "$API"
    And URL path "/status/202"
    When the URL is invoked until path "/status" is "done", for up to "0" seconds
    Then status is "200"
