Feature: Users

  Scenario Outline: Status <status>
    Given address "$API"
    And URL path "/status/<status>"
    When the URL is invoked
    Then status is "<expected>"

    Examples:
      | status | expected |
      | 200    | 200      |
      | 404    | 200      |
