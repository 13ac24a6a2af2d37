Feature: Users

  Scenario: A user
    Given address "$API"
    And URL path "/account"
    When the URL is invoked
    Then path "/friends" is JSON "[{"name": "Charles", "age": 79}, {"name": "Marry"}, {}]"
    And path "/tags" is a list "a, c, b"
    And response contains JSON "{"id": 42, "tags": ["a", "b"], "score": "3.5"}"
    And response matches schema "user.json"
