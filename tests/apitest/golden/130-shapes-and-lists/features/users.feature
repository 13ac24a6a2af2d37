Feature: Users

  Background:
    Given address "$API"
    And URL path "/account"

  Scenario: Another shape
    When the URL is invoked
    Then response has shape
      """
      {
        "id": "<text>", "name": "<integer or null>", "email": "<url>", "site": "<url>", "uuid": "<any>",
        "uuid4": "<any>", "token": "<text matching ^x>", "since": "<date>", "score": 4, "phone": "<text>",
        "nick": "<optional text>", "friends": [{"name": "<text>", "age": "<integer>"}, "..."],
        "tags": ["a", "b"], "is_active": {}, "...": ""
      }
      """
    And path "/friends" has shape "{"0": "<any>"}"
    And each item of path "/friends" has shape "{"nick": "<text>"}"

  Scenario: A word that shapes don't have
    When the URL is invoked
    Then response has shape "{"id": "<integr>"}"
    And response has shape "{"id": "<text matching (>"}"

  Scenario: Items that aren't there
    When the URL is invoked
    Then path "/friends" has an item with
      | name    | age |
      | Mary    | 36  |
      | Charles |     |
    And path "/friends" has no item with
      | name |
      | Mary |
    And path "/name" has an item with
      | name |
      | Mary |
    And path "/friends" has an item with
    And each item of path "/tags" is one of "a, c"
    And each item of path "/tags" is not "b"
    And each item of path "/empty" is any string
    And each item of path "/name" is any string
    And path "/tags" has these items in any order "["c", "d", "a"]"

  Scenario: JSONPath
    When the URL is invoked
    Then JSONPath "$.friends[0].name" is "Ada"
    And JSONPath "$..name" has "4" items
    And JSONPath "$.friends[7].name" is "Ada"
    And JSONPath "friends[" is "Ada"
    And each value of JSONPath "$..name" starts with "C"
    And each value of JSONPath "$..nick" is "x"

  Scenario: Schemas in the feature
    When the URL is invoked
    Then response matches JSON Schema
      """
      {"properties": {"id": {"type": "string"}, "boss": {"type": "string"}}}
      """
    And path "/tags" matches JSON Schema "{"type": "object"}"
    And response matches JSON Schema "{"type": "objekt"}"
    And response matches JSON Schema "{"
    And response matches JSON Schema "{"$ref": "other.json"}"

  Scenario Outline: A shape in an outline
    When the URL is invoked
    Then response has shape "{"id": "<kind>", "...": "", "name": "<integer>"}"
    And path "/name" is "<integer>"

    Examples:
      | kind      |
      | <integer> |
