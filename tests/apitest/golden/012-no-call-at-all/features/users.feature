Feature: Users

  Scenario: Nothing is called
    Given address "$API"
    Then status is "200"
    And path "/id" exists
