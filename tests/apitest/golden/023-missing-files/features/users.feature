Feature: Users

  Scenario: A request
    Given format "JSON"
    And request "usr.json"

  Scenario: JSON that is none
    Given request "broken.json"

  Scenario: XML that is none
    Given format "XML"
    And request "broken.xml"

  Scenario: Not UTF-8
    Given format "JSON"
    And request "latin.json"
