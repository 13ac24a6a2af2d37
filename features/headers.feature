Feature: What may be said of status and headers

  Background:
    Given address "@address"
    And URL path "/account"

  Scenario: What a header is
    When the URL is invoked
    Then header "X-Count" is "12"
    And header "X-Empty" is empty
    And header "X-UUID" is a UUID
    And header "X-Count" is one of "11, 12"
    And header "Content-Type" starts with "application"
    And header "Content-Type" starts with any of "text, application"
    And header "Content-Type" ends with "json"
    And header "Content-Type" contains "json"
    And header "Content-Type" contains text "/json"
    And header "X-Zato-CID" matches "^[0-9a-f]{24}$"
    And header "X-Count" is greater than "11"
    And header "X-Count" is less than "13"
    And header "X-Count" is between "10" and "12"
    And header "Last-Modified" is a date
    And header "X-Email" is an email address
    And header "X-Site" is a URL
    And header "X-Zato-CID" exists

  Scenario: What a header is not
    When the URL is invoked
    Then header "X-Count" is not "13"
    And header "X-Count" is not empty
    And header "X-Count" is not a UUID
    And header "X-Count" is not one of "13, 14"
    And header "Content-Type" does not start with "text"
    And header "Content-Type" does not start with any of "text, image"
    And header "Content-Type" does not end with "xml"
    And header "Content-Type" does not contain "xml"
    And header "Content-Type" does not contain text "xml"
    And header "X-Count" does not match "[a-z]"
    And header "X-Count" is not greater than "12"
    And header "X-Count" is not less than "12"
    And header "X-Count" is not between "13" and "20"
    And header "Content-Type" is not a date
    And header "X-Count" is not an email address
    And header "X-Count" is not a URL
    And header "X-Nothing" does not exist

  Scenario: Status
    Given URL path "/status/201"
    When the URL is invoked
    Then status is "201"
    And status is not "200"
    And status is "2xx"
    And status is one of "200, 201"
    And status message is "Created"

  Scenario: A status without a body
    Given URL path "/status/204"
    When the URL is invoked
    Then status is "204"

  Scenario: An answer that is no JSON
    Given URL path "/html"
    When the URL is invoked
    Then status is "502"
    And header "Content-Type" starts with "text/html"
