Feature: Stored values

  Background:
    Given address "@address"

  Scenario: Values of an answer keep their types
    Given URL path "/account"
    When the URL is invoked
    Then I store response under "account"
    And I store "/boss" from response under "boss"
    And I store "/email" from response under "email"
    And I store "/empty" from response under "empty"
    And I store "/extra" from response under "extra"
    And I store "/friends/0" from response under "friends_0"
    And I store "/id" from response under "id"
    And I store "/is_active" from response under "is_active"
    And I store "/is_blocked" from response under "is_blocked"
    And I store "/name" from response under "name"
    And I store "/note" from response under "note"
    And I store "/score" from response under "score"
    And I store "/since" from response under "since"
    And I store "/site" from response under "site"
    And I store "/tags" from response under "tags"
    And I store "/token" from response under "token"
    And I store "/uuid" from response under "uuid"
    And I store "/uuid4" from response under "uuid4"
    And I store "/middle_name" from response under "middle", default "none"
    And variable "#middle" is a string "none"
    And I store header "X-Count" under "count"
    And variable "#count" is a string "12"
    And context is logged

  Scenario: What a variable is
    Then variable "#name" is a string "Ada Lovelace"
    And variable "#id" is an integer "42"
    And variable "#score" is a float "3.5"
    And variable "#is_active" is True
    And variable "#is_blocked" is False
    And variable "#boss" is null
    And variable "#friends_0" is JSON "{"name": "Charles"}"
    And variable "#tags" is a list "['a', 'b', 'c']"
    And variable "#empty" is an empty list
    And variable "#extra" is an empty dict
    And variable "#note" is empty
    And variable "#id" is any integer
    And variable "#score" is any float
    And variable "#score" is any number
    And variable "#is_active" is any bool
    And variable "#is_active" is any Boolean
    And variable "#name" is any string
    And variable "#tags" is any list
    And variable "#extra" is any dict
    And variable "#uuid4" is any UUID4
    And variable "#uuid" is a UUID
    And variable "#name" is one of "Ada Lovelace, Mary"
    And variable "#name" starts with "Ada"
    And variable "#name" starts with any of "Mary, Ada"
    And variable "#name" ends with "Lovelace"
    And variable "#tags" contains ""a""
    And variable "#name" contains text "Love"
    And variable "#name" matches "^Ada .+$"
    And variable "#id" is greater than "41"
    And variable "#id" is less than "42.5"
    And variable "#id" is between "42" and "43"
    And variable "#tags" has "3" items
    And variable "#since" is a date
    And variable "#email" is an email address
    And variable "#site" is a URL

  Scenario: What a variable is not
    Then variable "#id" is not a string "42"
    And variable "#id" is not an integer "43"
    And variable "#score" is not a float "3.6"
    And variable "#is_blocked" is not True
    And variable "#is_active" is not False
    And variable "#name" is not null
    And variable "#friends_0" is not JSON "{"name": "Mary"}"
    And variable "#tags" is not a list "['a']"
    And variable "#tags" is not an empty list
    And variable "#friends_0" is not an empty dict
    And variable "#name" is not empty
    And variable "#is_active" is not any integer
    And variable "#id" is not any float
    And variable "#name" is not any number
    And variable "#id" is not any bool
    And variable "#id" is not any Boolean
    And variable "#id" is not any string
    And variable "#extra" is not any list
    And variable "#tags" is not any dict
    And variable "#name" is not any UUID4
    And variable "#name" is not a UUID
    And variable "#name" is not one of "Charles, Mary"
    And variable "#name" does not start with "Mary"
    And variable "#name" does not start with any of "Mary, Charles"
    And variable "#name" does not end with "Ada"
    And variable "#tags" does not contain ""z""
    And variable "#name" does not contain text "love"
    And variable "#name" does not match "\d"
    And variable "#id" is not greater than "42"
    And variable "#id" is not less than "42"
    And variable "#id" is not between "1" and "41"
    And variable "#tags" does not have "2" items
    And variable "#name" is not a date
    And variable "#name" is not an email address
    And variable "#name" is not a URL

  Scenario: Values that were made
    Given I store "a text" under "text"
    And I store a random string under "string"
    And I store a random integer under "integer"
    And I store a random float under "float"
    And I store a UUID4 under "made"
    And I store a random date under "date", format "default"
    And I encode "abc" using Base64 under "encoded"
    And I store "#tags" under "same"
    And I store "${HOME} and #{text}" under "#text"
    Then variable "#string" matches "^a[0-9a-f]{32}$"
    And variable "#integer" is between "0" and "99"
    And variable "#float" is any float
    And variable "#made" is any UUID4
    And variable "#date" is a date
    And variable "#encoded" is a string "YWJj"
    And variable "#same" has "3" items
    And variable "#a text" ends with " and a text"
    And I sleep for "0.01"
    And I proceed further

  Scenario: What is cleaned up is gone
    Then context is cleaned up
    And variable "\#name" is a string "\#name"
