Feature: Other ways to get no answer

  Scenario: It resets
    Given address "http://${RESET}"
    When the URL is invoked
    Then status is "200"

  Scenario: It speaks something else
    Given address "http://${BABBLE}"
    When the URL is invoked
    Then status is "200"
