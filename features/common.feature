Feature: What others call

  Scenario: Log in
    Given address "@address"
    And URL path "/token"
    And HTTP method "POST"
    And request is "{}"
    When the URL is invoked
    Then I store "/access_token" from response under "token"

    Given URL path "/count/logins"
    When the URL is invoked
    Then I store "/count" from response under "count"

  Scenario: Get a token
    Given address "@address"
    And URL path "/expiring/token"
    When the URL is invoked
    Then I store "/access_token" from response under "expiring"
