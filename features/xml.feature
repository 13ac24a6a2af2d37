Feature: XML and SOAP

  Background:
    Given address "@address"
    And format "XML"

  Scenario: What an element is
    Given URL path "/soap"
    And namespace prefix "soap" of "http://schemas.xmlsoap.org/soap/envelope/"
    And SOAP action "urn:user:get"
    And HTTP method "POST"
    And request "envelope.xml"
    When the URL is invoked
    Then XPath "/soap:Envelope/soap:Body/user/name" is "Ada"
    And XPath "//name" is "Ada"
    And XPath "//age" is an integer "36"
    And XPath "//score" is a float "3.5"
    And XPath "//note" is empty
    And XPath "//user/id" is a UUID
    And XPath "//type" is one of "RGV, RGX"
    And XPath "//name" starts with "A"
    And XPath "//name" starts with any of "B, A"
    And XPath "//name" ends with "da"
    And XPath "//name" contains text "d"
    And XPath "//name" matches "^A"
    And XPath "//age" is greater than "35"
    And XPath "//age" is less than "37"
    And XPath "//age" is between "30" and "40"
    And XPath "//since" is a date
    And XPath "//email" is an email address
    And XPath "//site" is a URL
    And XPath "//note" is empty
    And I store "//user/name" from response under "name"
    And I store "//friend" from response under "friends"
    And variable "#friends" is a list "['Charles', 'Mary']"

  Scenario: What an element is not
    Given URL path "/soap"
    When the URL is invoked
    Then XPath "//name" is not "Mary"
    And XPath "//age" is not an integer "37"
    And XPath "//age" is not a float "3.5"
    And XPath "//name" is not empty
    And XPath "//name" is not a UUID
    And XPath "//type" is not one of "A, B"
    And XPath "//name" does not start with "B"
    And XPath "//name" does not start with any of "B, C"
    And XPath "//name" does not end with "A"
    And XPath "//name" does not contain text "x"
    And XPath "//name" does not match "^B"
    And XPath "//age" is not greater than "36"
    And XPath "//age" is not less than "36"
    And XPath "//age" is not between "1" and "2"
    And XPath "//name" is not a date
    And XPath "//name" is not an email address
    And XPath "//name" is not a URL

