Feature: Calls against an OpenAPI document

  Scenario: Calls of other addresses are not
    Given API at "http://api.example.com" is described by "contract/openapi.yaml"
    And address "@address"
    When "POST /echo" is invoked
    Then status is "200"

  Scenario: Each call is checked, whatever its Then steps look at
    Given address "@address"
    And API is described by "contract/openapi.yaml"
    When "GET /account" is invoked
    Then status is "200"
    When "GET /status/503" is invoked
    Then status is "503"
