Feature: Secure

  Scenario: By proxy
    Given address "https://nowhere.invalid"
    When the URL is invoked
    Then status is "200"
