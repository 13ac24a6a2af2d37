Feature: Calls against a document

  Background:
    Given address "$API"

  Scenario: The document can't be used
    Given API is described by "broken.yaml"
    When "GET /account" is invoked

  Scenario: There is no such document
    Given API is described by "opnapi.yaml"
    When "GET /account" is invoked

  Scenario: The answer is another one
    Given API is described by "openapi.yaml"
    When "GET /account?limit=ten&lmit=1" is invoked
    Then status is "201"

  Scenario: The status is another one
    When "GET /status/503" is invoked
    Then status is "503"

  Scenario: The path is another one
    When "GET /acount" is invoked

  Scenario: What is not there may be called
    When "GET /none" is invoked
    Then status is "404"
