Feature: JSON after a byte order mark

  Scenario Outline: It is <type>
    Given address "http://${HTTP}"
    And URL path "/marked/<type>"
    When the URL is invoked
    Then path "/a" is an integer "1"
    And response is equal to "{"a": 1}"

    Examples:
      | type                            |
      | application/json                |
      | application/json; charset=utf-8 |
      | text/plain                      |

  Scenario: It is no JSON
    Given URL path "/marked/application/none"
    When the URL is invoked
    Then path "/a" is an integer "1"
