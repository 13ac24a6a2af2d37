Feature: Calls

  Background:
    Given address "@address"
    And REST method "GET"

  Scenario: Redirects
    Given URL path "/redirect"
    And redirects are not followed
    When the URL is invoked
    Then status is "302"
    And header "Location" is "/account"

  Scenario: Redirects again
    Given URL path "/redirect"
    And redirects are followed
    When the URL is invoked
    Then status is "200"
    And path "/id" is an integer "42"

  Scenario: Cookies are not kept
    Given URL path "/cookie"
    When the URL is invoked
    And the URL is invoked
    Then path "/cookie" is null

  Scenario: Cookies are kept
    Given URL path "/cookie"
    And cookies are kept
    When the URL is invoked
    And the URL is invoked
    Then path "/cookie" is "session=abc"

  Scenario: An answer in gzip
    Given URL path "/gzip"
    When the URL is invoked
    Then path "/user_name" is "my.user"

  Scenario: An answer in plain text
    Given URL path "/text"
    And response format "RAW"
    And timeout is "5" seconds
    When the URL is invoked
    Then response is equal to "ab c  d   "
    And response is equal to that from "text.txt"
    And response has "10" bytes
    And response starts with bytes "61 62"
    And response starts with "ab"
    And response does not start with "b"
    And response ends with " "
    And response does not end with "d"
    And response contains text "c  d"
    And response does not contain text "C"
    And response matches "^[a-d ]+$"
    And response does not match "\d"
    And SHA-256 of response is "fa8ba6113fc78869a752b24f2d4eb04bbc7be4a3d87699ee430486d7380458ac"

  Scenario: Something comes to be
    Given response format "JSON"
    And URL path "/state/one"
    When the URL is invoked until path "/state" is "done", for up to "10" seconds
    Then path "/looks" is an integer "3"

  Scenario: A number comes to be
    Given URL path "/state/three"
    When the URL is invoked until path "/looks" is an integer "2", for up to "10" seconds
    And the URL is invoked until path "/looks" is JSON "4", for up to "10" seconds
    Then path "/state" is "done"

  Scenario: A status comes to be
    Given URL path "/state/two"
    When the URL is invoked until status is "200", for up to "10" seconds
    Then path "/state" is "done"

  Scenario: A state that a job stays at ends the calls
    Given URL path "/state/four"
    When the URL is invoked until path "/state" is "done", for up to "10" seconds, stopping at "failed, cancelled"
    And the URL is invoked until status is "2xx", for up to "10" seconds, stopping at "4xx, 5xx"
    Then status is one of "200, 202"

  Scenario: Words that make a scenario read well
    When this scenario is invoked
    And this step is invoked
    Then I proceed further

  Scenario: TLS
    Given address "@https"
    And URL path "/account"
    And CA bundle "@ca"
    And client certificate "@certificate" "@key"
    When the URL is invoked
    Then status is "200"

  Scenario: TLS without verification
    Given address "@https"
    And TLS certificates are not verified
    When the URL is invoked
    Then status is "200"

  Scenario: Settings of calls that are taken back
    Given address "@https"
    And no client certificate is shown
    And TLS certificates are not verified
    And TLS certificates are verified
    And cookies are kept
    And cookies are not kept
    And bearer token "tok-0123456789"
    And no login is sent
    And URL path "/echo"
    When the URL is invoked
    Then path "/headers/authorization" does not exist
