Feature: Users

  Scenario: Secrets in a request
    Given address "$API"
    And URL path "/echo"
    And HTTP method "POST"
    And Basic Auth "api" "$API_PASSWORD"
    And header "X-Key" "$API_PASSWORD"
    And request is "{}"
    And path "/password" in request is "${API_PASSWORD}"
    And path "/token" in request is "@token"
    When the URL is invoked
    Then path "/json/password" is "x"
    And path "/json/token" is "y"
    And context is logged

  Scenario: A token of an answer
    Given URL path "/token"
    When the URL is invoked
    Then path "/access_token" is "x"
