Feature: Zażółć – ü 😀

  Scenario: Gęś
    Given address "$API"
    And URL path "/echo"
    And HTTP method "POST"
    And request is "{"a": "\ud800 ü 😀"}"
    When the URL is invoked
    Then path "/json/a" is "ą 😀"
