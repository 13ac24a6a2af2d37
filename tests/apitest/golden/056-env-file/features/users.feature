Feature: Users

  Scenario: A user
    Given address "$API"
    And URL path "/echo"
    And header "X-Who" "$WHO"
    And header "X-Token" "${TOKEN}"
    When the URL is invoked
    Then path "/headers/x-who" is "x"
