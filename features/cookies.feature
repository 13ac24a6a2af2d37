Feature: Cookies

  Background:
    Given address "@address"

  Scenario: Cookies that an answer sets
    Given URL path "/cookies"
    When the URL is invoked
    Then cookie "session" exists
    And cookie "session" is "abc"
    And cookie "theme" is "dark"
    And cookie "debug" does not exist
    And cookie "session" has "HttpOnly"
    And cookie "theme" does not have "Secure"
    And attribute "Path" of cookie "session" is "/"
    And attribute "SameSite" of cookie "session" is "Lax"
    And header "Vary" has the values "Accept, Origin"

  Scenario: Cookies that a call sends
    Given URL path "/cookie"
    And cookie "theme" is "dark"
    When the URL is invoked
    Then path "/cookie" is "theme=dark"

  Scenario: The last step counts
    Given URL path "/cookie"
    And cookie "theme" is "dark"
    And no cookies are sent
    When the URL is invoked
    Then path "/cookie" is null
