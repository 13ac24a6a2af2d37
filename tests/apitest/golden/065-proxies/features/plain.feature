Feature: Plain

  Scenario: By proxy
    Given address "http://nowhere.invalid"
    And URL path "/echo"
    When the URL is invoked
    Then status is "200"
