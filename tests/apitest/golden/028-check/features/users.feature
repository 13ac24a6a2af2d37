Feature: Users

  Scenario: All sorts
    Given addres "$API"
    And request "usr.json"
    And header "X" "@toekn"
    And I store "a" under "name"
    And header "Y" "#nme and $API"
    And header "Z" "${API_PASWORD}"
    When the URL is invoked
    Then response matches schema "user.json"
    And I sleep for "1"
    Given I sleep for "1"
