Feature: Requests

  Scenario: Can't be read
    Given address "$API"
    And format "JSON"
    And request "unreadable.json"

  Scenario: Is not UTF-8
    Given request "latin.json"

  Scenario: Is no JSON
    Given request "broken.json"
