Feature: What may be said of lists

  Background:
    Given address "@address"
    And URL path "/echo"
    And HTTP method "POST"
    And format "JSON"
    And request is
      """
      {
        "k0": ["Ada", "Ada"],
        "k1": [42, 42],
        "k2": [3.5],
        "k3": [true],
        "k4": [false],
        "k5": [null],
        "k6": [{"a": 1}],
        "k7": [[]],
        "k8": [{}],
        "k9": ["", ""],
        "k10": [1, 2],
        "k11": [1.5, 2.0],
        "k12": [1, 2.5],
        "k13": [true, false],
        "k14": ["a", ""],
        "k15": [[1], []],
        "k16": [{}, {}],
        "k17": ["0f3c2a1e-7b6d-4c5e-9f80-112233445566"],
        "k18": ["1b4e28ba-2fa1-41d2-883f-0016d3cca427"],
        "k19": ["a", "b"],
        "k20": ["ab", "ac"],
        "k21": ["ab", "bc"],
        "k22": ["ab", "cb"],
        "k23": [["a"], ["b", "a"]],
        "k24": ["xay", "a"],
        "k25": ["a1", "b2"],
        "k26": [11, 12],
        "k27": [8, 9],
        "k28": [10, 11],
        "k29": [[1, 2], [3, 4]],
        "k30": [[1, 2], [2, 1]],
        "k31": ["2026-01-31"],
        "k32": ["ada@example.com"],
        "k33": ["https://example.com"],
        "other": [-1000000000.0]
      }
      """

  Scenario: Each item of a list
    When the URL is invoked
    Then each item of path "/json/k0" is "Ada"
    And each item of path "/json/k1" is an integer "42"
    And each item of path "/json/k2" is a float "3.5"
    And each item of path "/json/k3" is True
    And each item of path "/json/k4" is False
    And each item of path "/json/k5" is null
    And each item of path "/json/k6" is JSON "{"a": 1}"
    And each item of path "/json/k7" is an empty list
    And each item of path "/json/k8" is an empty dict
    And each item of path "/json/k9" is empty
    And each item of path "/json/k10" is any integer
    And each item of path "/json/k11" is any float
    And each item of path "/json/k12" is any number
    And each item of path "/json/k13" is any bool
    And each item of path "/json/k14" is any string
    And each item of path "/json/k15" is any list
    And each item of path "/json/k16" is any dict
    And each item of path "/json/k17" is any UUID4
    And each item of path "/json/k18" is a UUID
    And each item of path "/json/k19" is one of "a, b"
    And each item of path "/json/k20" starts with "a"
    And each item of path "/json/k21" starts with any of "a, b"
    And each item of path "/json/k22" ends with "b"
    And each item of path "/json/k23" contains ""a""
    And each item of path "/json/k24" contains text "a"
    And each item of path "/json/k25" matches "^[a-z]\d$"
    And each item of path "/json/k26" is greater than "10"
    And each item of path "/json/k27" is less than "10"
    And each item of path "/json/k28" is between "10" and "12"
    And each item of path "/json/k29" has "2" items
    And each item of path "/json/k30" has these items in any order "[1, 2]"
    And each item of path "/json/k31" is a date
    And each item of path "/json/k32" is an email address
    And each item of path "/json/k33" is a URL

  Scenario: Each item of a list, and what it is not
    When the URL is invoked
    Then each item of path "/json/other" is not "Ada"
    And each item of path "/json/other" is not an integer "42"
    And each item of path "/json/other" is not a float "3.5"
    And each item of path "/json/other" is not True
    And each item of path "/json/other" is not False
    And each item of path "/json/other" is not null
    And each item of path "/json/other" is not JSON "{"a": 1}"
    And each item of path "/json/k29" is not an empty list
    And each item of path "/json/other" is not an empty dict
    And each item of path "/json/other" is not empty
    And each item of path "/json/other" is not any integer
    And each item of path "/json/k10" is not any float
    And each item of path "/json/k14" is not any number
    And each item of path "/json/other" is not any bool
    And each item of path "/json/other" is not any string
    And each item of path "/json/other" is not any list
    And each item of path "/json/other" is not any dict
    And each item of path "/json/other" is not any UUID4
    And each item of path "/json/other" is not a UUID
    And each item of path "/json/other" is not one of "a, b"
    And each item of path "/json/other" does not start with "a"
    And each item of path "/json/other" does not start with any of "a, b"
    And each item of path "/json/other" does not end with "b"
    And each item of path "/json/other" does not contain ""a""
    And each item of path "/json/other" does not contain text "a"
    And each item of path "/json/other" does not match "^[a-z]\d$"
    And each item of path "/json/other" is not greater than "10"
    And each item of path "/json/k26" is not less than "10"
    And each item of path "/json/other" is not between "10" and "12"
    And each item of path "/json/other" does not have "2" items
    And each item of path "/json/other" does not have these items in any order "[1, 2]"
    And each item of path "/json/other" is not a date
    And each item of path "/json/other" is not an email address
    And each item of path "/json/other" is not a URL

  Scenario: Values that a JSONPath selects
    When the URL is invoked
    Then JSONPath "$.json.k0[0]" is "Ada"
    And JSONPath "$.json.k1[0]" is an integer "42"
    And JSONPath "$.json.k2[0]" is a float "3.5"
    And JSONPath "$.json.k3[0]" is True
    And JSONPath "$.json.k4[0]" is False
    And JSONPath "$.json.k5[0]" is null
    And JSONPath "$.json.k6[0]" is JSON "{"a": 1}"
    And JSONPath "$.json.k7[0]" is an empty list
    And JSONPath "$.json.k8[0]" is an empty dict
    And JSONPath "$.json.k9[0]" is empty
    And JSONPath "$.json.k10[0]" is any integer
    And JSONPath "$.json.k11[0]" is any float
    And JSONPath "$.json.k12[0]" is any number
    And JSONPath "$.json.k13[0]" is any bool
    And JSONPath "$.json.k14[0]" is any string
    And JSONPath "$.json.k15[0]" is any list
    And JSONPath "$.json.k16[0]" is any dict
    And JSONPath "$.json.k17[0]" is any UUID4
    And JSONPath "$.json.k18[0]" is a UUID
    And JSONPath "$.json.k19[0]" is one of "a, b"
    And JSONPath "$.json.k20[0]" starts with "a"
    And JSONPath "$.json.k21[0]" starts with any of "a, b"
    And JSONPath "$.json.k22[0]" ends with "b"
    And JSONPath "$.json.k23[0]" contains ""a""
    And JSONPath "$.json.k24[0]" contains text "a"
    And JSONPath "$.json.k25[0]" matches "^[a-z]\d$"
    And JSONPath "$.json.k26[0]" is greater than "10"
    And JSONPath "$.json.k27[0]" is less than "10"
    And JSONPath "$.json.k28[0]" is between "10" and "12"
    And JSONPath "$.json.k29[0]" has "2" items
    And JSONPath "$.json.k30[0]" has these items in any order "[1, 2]"
    And JSONPath "$.json.k31[0]" is a date
    And JSONPath "$.json.k32[0]" is an email address
    And JSONPath "$.json.k33[0]" is a URL

  Scenario: Values that a JSONPath selects, and what it is not
    When the URL is invoked
    Then JSONPath "$.json.other[0]" is not "Ada"
    And JSONPath "$.json.other[0]" is not an integer "42"
    And JSONPath "$.json.other[0]" is not a float "3.5"
    And JSONPath "$.json.other[0]" is not True
    And JSONPath "$.json.other[0]" is not False
    And JSONPath "$.json.other[0]" is not null
    And JSONPath "$.json.other[0]" is not JSON "{"a": 1}"
    And JSONPath "$.json.k29[0]" is not an empty list
    And JSONPath "$.json.other[0]" is not an empty dict
    And JSONPath "$.json.other[0]" is not empty
    And JSONPath "$.json.other[0]" is not any integer
    And JSONPath "$.json.k10[0]" is not any float
    And JSONPath "$.json.k14[0]" is not any number
    And JSONPath "$.json.other[0]" is not any bool
    And JSONPath "$.json.other[0]" is not any string
    And JSONPath "$.json.other[0]" is not any list
    And JSONPath "$.json.other[0]" is not any dict
    And JSONPath "$.json.other[0]" is not any UUID4
    And JSONPath "$.json.other[0]" is not a UUID
    And JSONPath "$.json.other[0]" is not one of "a, b"
    And JSONPath "$.json.other[0]" does not start with "a"
    And JSONPath "$.json.other[0]" does not start with any of "a, b"
    And JSONPath "$.json.other[0]" does not end with "b"
    And JSONPath "$.json.other[0]" does not contain ""a""
    And JSONPath "$.json.other[0]" does not contain text "a"
    And JSONPath "$.json.other[0]" does not match "^[a-z]\d$"
    And JSONPath "$.json.other[0]" is not greater than "10"
    And JSONPath "$.json.k26[0]" is not less than "10"
    And JSONPath "$.json.other[0]" is not between "10" and "12"
    And JSONPath "$.json.other[0]" does not have "2" items
    And JSONPath "$.json.other[0]" does not have these items in any order "[1, 2]"
    And JSONPath "$.json.other[0]" is not a date
    And JSONPath "$.json.other[0]" is not an email address
    And JSONPath "$.json.other[0]" is not a URL

  Scenario: Each value that a JSONPath selects
    When the URL is invoked
    Then each value of JSONPath "$.json.k0[*]" is "Ada"
    And each value of JSONPath "$.json.k1[*]" is an integer "42"
    And each value of JSONPath "$.json.k2[*]" is a float "3.5"
    And each value of JSONPath "$.json.k3[*]" is True
    And each value of JSONPath "$.json.k4[*]" is False
    And each value of JSONPath "$.json.k5[*]" is null
    And each value of JSONPath "$.json.k6[*]" is JSON "{"a": 1}"
    And each value of JSONPath "$.json.k7[*]" is an empty list
    And each value of JSONPath "$.json.k8[*]" is an empty dict
    And each value of JSONPath "$.json.k9[*]" is empty
    And each value of JSONPath "$.json.k10[*]" is any integer
    And each value of JSONPath "$.json.k11[*]" is any float
    And each value of JSONPath "$.json.k12[*]" is any number
    And each value of JSONPath "$.json.k13[*]" is any bool
    And each value of JSONPath "$.json.k14[*]" is any string
    And each value of JSONPath "$.json.k15[*]" is any list
    And each value of JSONPath "$.json.k16[*]" is any dict
    And each value of JSONPath "$.json.k17[*]" is any UUID4
    And each value of JSONPath "$.json.k18[*]" is a UUID
    And each value of JSONPath "$.json.k19[*]" is one of "a, b"
    And each value of JSONPath "$.json.k20[*]" starts with "a"
    And each value of JSONPath "$.json.k21[*]" starts with any of "a, b"
    And each value of JSONPath "$.json.k22[*]" ends with "b"
    And each value of JSONPath "$.json.k23[*]" contains ""a""
    And each value of JSONPath "$.json.k24[*]" contains text "a"
    And each value of JSONPath "$.json.k25[*]" matches "^[a-z]\d$"
    And each value of JSONPath "$.json.k26[*]" is greater than "10"
    And each value of JSONPath "$.json.k27[*]" is less than "10"
    And each value of JSONPath "$.json.k28[*]" is between "10" and "12"
    And each value of JSONPath "$.json.k29[*]" has "2" items
    And each value of JSONPath "$.json.k30[*]" has these items in any order "[1, 2]"
    And each value of JSONPath "$.json.k31[*]" is a date
    And each value of JSONPath "$.json.k32[*]" is an email address
    And each value of JSONPath "$.json.k33[*]" is a URL

  Scenario: Each value that a JSONPath selects, and what it is not
    When the URL is invoked
    Then each value of JSONPath "$.json.other[*]" is not "Ada"
    And each value of JSONPath "$.json.other[*]" is not an integer "42"
    And each value of JSONPath "$.json.other[*]" is not a float "3.5"
    And each value of JSONPath "$.json.other[*]" is not True
    And each value of JSONPath "$.json.other[*]" is not False
    And each value of JSONPath "$.json.other[*]" is not null
    And each value of JSONPath "$.json.other[*]" is not JSON "{"a": 1}"
    And each value of JSONPath "$.json.k29[*]" is not an empty list
    And each value of JSONPath "$.json.other[*]" is not an empty dict
    And each value of JSONPath "$.json.other[*]" is not empty
    And each value of JSONPath "$.json.other[*]" is not any integer
    And each value of JSONPath "$.json.k10[*]" is not any float
    And each value of JSONPath "$.json.k14[*]" is not any number
    And each value of JSONPath "$.json.other[*]" is not any bool
    And each value of JSONPath "$.json.other[*]" is not any string
    And each value of JSONPath "$.json.other[*]" is not any list
    And each value of JSONPath "$.json.other[*]" is not any dict
    And each value of JSONPath "$.json.other[*]" is not any UUID4
    And each value of JSONPath "$.json.other[*]" is not a UUID
    And each value of JSONPath "$.json.other[*]" is not one of "a, b"
    And each value of JSONPath "$.json.other[*]" does not start with "a"
    And each value of JSONPath "$.json.other[*]" does not start with any of "a, b"
    And each value of JSONPath "$.json.other[*]" does not end with "b"
    And each value of JSONPath "$.json.other[*]" does not contain ""a""
    And each value of JSONPath "$.json.other[*]" does not contain text "a"
    And each value of JSONPath "$.json.other[*]" does not match "^[a-z]\d$"
    And each value of JSONPath "$.json.other[*]" is not greater than "10"
    And each value of JSONPath "$.json.k26[*]" is not less than "10"
    And each value of JSONPath "$.json.other[*]" is not between "10" and "12"
    And each value of JSONPath "$.json.other[*]" does not have "2" items
    And each value of JSONPath "$.json.other[*]" does not have these items in any order "[1, 2]"
    And each value of JSONPath "$.json.other[*]" is not a date
    And each value of JSONPath "$.json.other[*]" is not an email address
    And each value of JSONPath "$.json.other[*]" is not a URL

  Scenario: Shapes
    Given URL path "/account"
    And HTTP method "GET"
    When the URL is invoked
    Then response has shape
      """
      {
        "id": 42,
        "name": "<text>",
        "email": "<email>",
        "site": "<url>",
        "uuid": "<uuid>",
        "since": "<date>",
        "score": "<number>",
        "is_active": "<boolean>",
        "boss": "<text or null>",
        "deputy": "<optional text>",
        "token": "<text matching ^[0-9A-Z]+$>",
        "tags": ["<text>", "..."],
        "empty": ["..."],
        "extra": "<object>",
        "friends": [{"name": "<filled text>"}, "..."],
        "...": ""
      }
      """
    And path "/" has shape "{"id": "<integer>", "...": ""}"
    And path "/friends/0" has shape "{"name": "<any>"}"
    And each item of path "/friends" has shape "{"name": "<text>"}"

  Scenario: Items of a list
    Given URL path "/account"
    And HTTP method "GET"
    When the URL is invoked
    Then I store "/tags" from response under "tags"
    And path "/friends" has an item with
      | name    |
      | Mary    |
      | Charles |
    And path "/friends" has no item with
      | name |
      | Ada  |
    And path "/tags" has these items in any order "["c", "a", "b"]"
    And path "/tags" does not have these items in any order "["c", "a"]"
    And variable "#tags" has these items in any order "["c", "b", "a"]"
    And variable "#tags" does not have these items in any order "["c"]"
    And JSONPath "$..name" has these items in any order "["Charles", "Mary", "Ada Lovelace"]"
    And JSONPath "$.friends[?@.name == 'Mary'].name" is JSON "["Mary"]"

  Scenario: Schemas in the feature
    Given URL path "/account"
    And HTTP method "GET"
    When the URL is invoked
    Then response matches JSON Schema
      """
      {"type": "object", "required": ["id"], "properties": {"email": {"format": "email"}}}
      """
    And path "/friends" matches JSON Schema "{"type": "array", "minItems": 2}"
    And path "/tags" matches schema "tags.json"
