Feature: Calls

  Background:
    Given address "$API"
    And URL path "/cookies"

  Scenario: Statuses and headers
    When the URL is invoked
    Then status is "4xx"
    And status is not "2xx"
    And status is one of "3xx, 404"
    And status is "2yy"
    And status message is "Fine"
    And header "Vary" has the values "Origin"
    And header "Varied" has the values "Origin"

  Scenario: Cookies
    When the URL is invoked
    Then cookie "sesion" exists
    And cookie "session" does not exist
    And cookie "theme" is "light"
    And cookie "session" has "Secure"
    And cookie "session" does not have "httponly"
    And attribute "SameSite" of cookie "session" is "Strict"
    And attribute "Domain" of cookie "session" is "x"

  Scenario: No cookies
    Given URL path "/account"
    When the URL is invoked
    Then cookie "session" is "a"

  Scenario: Texts and bytes
    Given URL path "/text"
    When the URL is invoked
    Then response starts with "b"
    And response contains text "ab  c"
    And response does not match "c"
    And response starts with bytes "ef bb bf"
    And response starts with bytes "xy"

  Scenario: A job that fails ends the calls
    Given URL path "/state/one"
    When the URL is invoked until path "/state" is "done", for up to "10" seconds, stopping at "failed, working"

  Scenario: A status that ends the calls
    Given URL path "/nowhere"
    When the URL is invoked until status is "2xx", for up to "10" seconds, stopping at "4xx"

  Scenario: Secrets of cookies, parameters and Digest
    Given URL path "/digest"
    And Digest Auth "api" "$API_PASSWORD"
    And cookie "key" is "$API_PASSWORD"
    And query parameter "key" is "$API_PASSWORD"
    And header "Accept" has the values "text/html, text/plain"
    When the URL is invoked
    Then status is "200"
