Feature: What may be said of JSON answers

  Background:
    Given address "@address"
    And format "JSON"
    And URL path "/account"

  Scenario: What a value is
    When the URL is invoked
    Then path "/name" is "Ada Lovelace"
    And path "/name" is a string "Ada Lovelace"
    And path "/id" is an integer "42"
    And path "/score" is a float "3.5"
    And path "/is_active" is True
    And path "/is_blocked" is False
    And path "/boss" is null
    And path "/tags" is "['a', 'b', 'c']" (with literal_eval)
    And path "/friends/0" is JSON "{"name": "Charles"}"
    And path "/tags" is a list "a, b, c"
    And path "/empty" is an empty list
    And path "/extra" is an empty dict
    And path "/note" is empty
    And path "/id" is any integer
    And path "/score" is any float
    And path "/score" is any number
    And path "/is_active" is any bool
    And path "/is_active" is any Boolean
    And path "/name" is any string
    And path "/tags" is any list
    And path "/extra" is any dict
    And path "/uuid4" is any UUID4
    And path "/uuid" is a UUID
    And path "/token" is a BASE32 Crockford, checksum "false"
    And path "/name" is one of "Ada Lovelace, Mary"
    And path "/name" starts with "Ada"
    And path "/name" starts with any of "Mary, Ada"
    And path "/name" ends with "Lovelace"
    And path "/tags" contains ""a""
    And path "/name" contains text "Love"
    And path "/name" matches "^Ada .+$"
    And path "/id" is greater than "41"
    And path "/id" is less than "42.5"
    And path "/id" is between "42" and "43"
    And path "/tags" has "3" items
    And path "/since" is a date
    And path "/email" is an email address
    And path "/site" is a URL
    And path "/name" exists

  Scenario: What a value is not
    When the URL is invoked
    Then path "/name" is not "Ada"
    And path "/id" is not a string "42"
    And path "/id" is not an integer "43"
    And path "/score" is not a float "3.6"
    And path "/is_blocked" is not True
    And path "/is_active" is not False
    And path "/name" is not null
    And path "/tags" is not "['a']" (with literal_eval)
    And path "/friends/0" is not JSON "{"name": "Mary"}"
    And path "/tags" is not a list "a, b"
    And path "/tags" is not an empty list
    And path "/friends/0" is not an empty dict
    And path "/name" is not empty
    And path "/is_active" is not any integer
    And path "/id" is not any float
    And path "/name" is not any number
    And path "/id" is not any bool
    And path "/id" is not any Boolean
    And path "/id" is not any string
    And path "/extra" is not any list
    And path "/tags" is not any dict
    And path "/name" is not any UUID4
    And path "/name" is not a UUID
    And path "/email" is not a BASE32 Crockford, checksum "false"
    And path "/name" is not one of "Charles, Mary"
    And path "/name" does not start with "Mary"
    And path "/name" does not start with any of "Mary, Charles"
    And path "/name" does not end with "Ada"
    And path "/tags" does not contain ""z""
    And path "/name" does not contain text "love"
    And path "/name" does not match "\d"
    And path "/id" is not greater than "42"
    And path "/id" is not less than "42"
    And path "/id" is not between "1" and "41"
    And path "/tags" does not have "2" items
    And path "/name" is not a date
    And path "/name" is not an email address
    And path "/name" is not a URL
    And path "/password" does not exist

  Scenario: The whole answer
    When the URL is invoked
    Then JSON response exists
    And response matches schema "account.json"
    And response contains JSON "{"friends": [{"name": "Charles"}, {}], "is_active": true}"
    And response contains JSON
      """
      {
        "email": "ada@example.com",
        "tags": ["a", "b", "c"]
      }
      """
    And response does not contain JSON "{"id": 43}"
    And path "/friends/0" is JSON equal to that from "charles.json"
    And path "/friends" contains data from "charles.json"
    And response is equal to that from "account.json"

  Scenario: Answers in other words
    Given URL path "/status/200"
    When the URL is invoked
    Then JSON response is equal to "{"status": 200}"
    And response is equal to "{ "status" : 200 }"
    And response time is less than "5000" ms

  Scenario: An empty answer
    Given URL path "/nothing"
    When the URL is invoked
    Then JSON response does not exist

  Scenario: Spellings of earlier versions
    When the URL is invoked
    Then JSON Pointer "/name" is "Ada Lovelace"
    And JSON pointer "/name" isn't empty
    And JSON  Pointer  "/tags"  isn’t an empty list
    And Path “/id” Is An Integer “42”
    And JSON Pointer "/name" isn't one of "a, b"
    And JSON Pointer "/name" isn't a string "Ada"
    And header "X-Nothing" doesn't exist
    And header "Content-Type" isn't "text/html"
    And header "Content-Type" isn't empty
    And header "Content-Type" doesn't contain "html"
    And header "Content-Type" doesn't start with "html"
    And header "Content-Type" doesn't end with "html"
