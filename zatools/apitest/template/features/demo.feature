Feature: Users of the demo API

  Background:
    Given address "@address"
    And format "JSON"

  Scenario: Get the details of a user
    Given Basic Auth "api" "@password"
    And URL path "/api/v1/user"
    And HTTP method "GET"
    And request is "{}"
    And path "/user_name" in request is "@user"

    When the URL is invoked

    Then status is "200"
    And header "X-Zato-CID" is not empty
    And path "/user_name" is "my.user"
    And path "/account_no" matches "^\d+$"
    And response matches schema "user.json"
    And I store "/user_type" from response under "type"

  Scenario: What one scenario stored the next ones can send
    Given URL path "/echo"
    And HTTP method "POST"
    And request "demo.json"
    And path "/type" in request is "#type"

    When the URL is invoked

    Then path "/json/type" is "RGV"
    And path "/json/action" is "get-balance"

  Scenario Outline: Who may not come in
    Given Basic Auth "api" "<password>"
    And URL path "/api/v1/user"

    When the URL is invoked

    Then status is "401"
    And response is equal to that from "denied.json"

    Examples:
      | password |
      | wrong    |
      | secret   |

  Scenario: Wait until a job is done
    Given URL path "/state/job-1"
    When the URL is invoked until path "/state" is "done", for up to "10" seconds
    Then path "/looks" is greater than "1"
