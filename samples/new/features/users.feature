Feature: Users

  Background:
    Given address "$API_ADDRESS"
    And Basic Auth "api" "$API_PASSWORD"
    And format "JSON"
    And HTTP method "GET"

  Scenario Outline: A user has the discount of users of that type
    Given URL path "/api/users/<user>"
    When the URL is invoked
    Then status is "200"
    And path "/user_name" is "<user>"
    And path "/user_type" is "<type>"
    And path "/discount" is an integer "<discount>"

    Examples:
      | user    | type   | discount |
      | ada     | gold   | 20       |
      | charles | silver | 10       |
      | mary    | guest  | 0        |

  Scenario: A user that the CRM does not know
    Given URL path "/api/users/nobody"
    When the URL is invoked
    Then status is "404"

  Scenario: Who may not come in
    Given URL path "/api/users/ada"
    And Basic Auth "api" "wrong"
    When the URL is invoked
    Then status is "401"
