Feature: Answers that command CI servers

  Scenario: Text
    Given address "$API"
    And URL path "/commands"
    And response format "RAW"
    When the URL is invoked
    Then status is "201"
    And response is equal to "::error::x"
