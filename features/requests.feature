Feature: Requests

  Background:
    Given address "@address"
    And URL path "/echo"
    And HTTP method "POST"

  Scenario: Values of a JSON request
    Given format "JSON"
    And request is "{"a": {}, "list": []}"
    And date format "day" "YYYY-MM-DD"
    And path "/a/text" in request is "my.user"
    And path "/a/empty" in request is ""
    And path "/list/-" in request is "one"
    And path "/literal" in request is "[1, {'a': None}]" (with literal_eval)
    And path "/json" in request is JSON "{"a": [1, null]}"
    And path "/integer" in request is an integer "42"
    And path "/float" in request is a float "3.5"
    And path "/texts" in request is a list "a, b, "c, d""
    And path "/type" in request is one of "@types"
    And path "/kind" in request is any of "RGV, RGX"
    And path "/yes" in request is True
    And path "/no" in request is False
    And path "/null" in request is null
    And path "/nothing" in request is an empty list
    And path "/object" in request is an empty dict
    And path "/uuid" in request is a UUID
    And path "/uuid4" in request is a UUID4
    And path "/string" in request is a random string
    And path "/random" in request is a random integer
    And path "/fraction" in request is a random float
    And path "/date" in request is a random date "day"
    And path "/now" in request is now "default"
    And path "/utc" in request is UTC now "default"
    And path "/hour" in request is UTC now "default" minus one hour
    And path "/after" in request is a random date after "2026-01-01" "day"
    And path "/before" in request is a random date before "2026-01-01" "day"
    And path "/between" in request is a random date between "2026-01-01" and "2026-12-31" "day"

    When the URL is invoked

    Then path "/json/a" is JSON "{"text": "my.user", "empty": ""}"
    And path "/json/list" is a list "one"
    And path "/json/literal" is JSON "[1, {"a": null}]"
    And path "/json/json" is JSON "{"a": [1, null]}"
    And path "/json/integer" is an integer "42"
    And path "/json/float" is a float "3.5"
    And path "/json/texts" is JSON "["a", "b", "c, d"]"
    And path "/json/type" is one of "RGV, RGX"
    And path "/json/kind" is one of "RGV, RGX"
    And path "/json/yes" is True
    And path "/json/no" is False
    And path "/json/null" is null
    And path "/json/nothing" is an empty list
    And path "/json/object" is an empty dict
    And path "/json/uuid" is any UUID4
    And path "/json/uuid4" is any UUID4
    And path "/json/string" matches "^a[0-9a-f]{32}$"
    And path "/json/random" is between "0" and "99"
    And path "/json/fraction" is any float
    And path "/json/date" matches "^\d{4}-\d\d-\d\d$"
    And path "/json/now" is a date
    And path "/json/utc" is a date
    And path "/json/hour" is a date
    And path "/json/after" is a date
    And path "/json/before" is a date
    And path "/json/between" starts with "2026-"
    And header "X-Echo" is "an echo"

  Scenario: Requests from files, texts and tables
    Given request format "JSON"
    And request "user.json"
    And path "/old" is removed from request
    And request has
      | path       | value   | kind    |
      | /user_name | Ada     |         |
      | /age       | 36      | integer |
      | /extra     | {"a":1} | json    |

    When the URL is invoked

    Then path "/json" is JSON "{"user_name": "Ada", "tags": ["a"], "age": 36, "extra": {"a": 1}}"
    And path "/headers/content-type" is "application/json"

  Scenario: A text below the step
    Given request is
      """
      {"user_name": "my.user"}
      """
    When the URL is invoked
    Then path "/json/user_name" is "@user"

  Scenario: Literal characters
    Given request is "{}"
    And path "/dollar" in request is "\$5"
    And path "/hash" in request is "\#abc"
    And path "/at" in request is "\@me"
    And path "/mixed" in request is "\${HOME}"
    When the URL is invoked
    Then path "/json/dollar" matches "^\$5$"
    And path "/json/hash" is "\#abc"
    And path "/json/at" is "\@me"
    And path "/json/mixed" contains text "HOME}"

  Scenario: Headers and logins
    Given header "X-Request-ID" "abc-@{user}"
    And user agent is "my-tests"
    And Basic Auth "api" "@password"
    And API key "X-API-Key" "key-0123456789"
    And query string "?id=123&active=yes"
    When the URL is invoked
    Then path "/headers/x-request-id" starts with "abc-"
    And path "/headers/user-agent" is "my-tests"
    And path "/headers/authorization" is "Basic YXBpOnBhc3N3b3Jk"
    And path "/headers/x-api-key" is "key-0123456789"
    And path "/query" is JSON "{"id": "123", "active": "yes"}"
    And context is cleaned up

  Scenario: Query parameters
    Given query parameter "q" is "a & b/ü"
    And query parameter "tag" has the values "a, b"
    When the URL is invoked
    Then path "/path" is "/echo?q=a%20%26%20b%2F%C3%BC&tag=a&tag=b"

  Scenario: No query parameters
    Given query string "?id=1"
    And query parameter "page" is "2"
    And no query parameters are sent
    And query parameter "size" is "3"
    When the URL is invoked
    Then path "/path" is "/echo?id=1&size=3"
    And context is cleaned up

  Scenario: A header that is there twice
    Given URL path "/lines"
    And header "Accept-Language" has the values "de, en"
    When the URL is invoked
    Then response contains text "["Accept-Language", "de"], ["Accept-Language", "en"]"
    And context is cleaned up

  Scenario: Digest
    Given URL path "/digest"
    And Digest Auth "api" "@password"
    When the URL is invoked
    Then path "/user" is "api"
    And context is cleaned up

  Scenario: A text between backticks
    Given request is
      ```json
      {"user_name": "my.user"}
      ```
    When the URL is invoked
    Then path "/json/user_name" is "my.user"
    And context is cleaned up

  Scenario: A token
    Given bearer token "tok-0123456789"
    When the URL is invoked
    Then path "/headers/authorization" is "Bearer tok-0123456789"
    And context is cleaned up

  Scenario: A Content-Type of one's own stays
    Given header "Content-Type" "application/vnd.api+json"
    And request is "{}"
    When the URL is invoked
    Then path "/headers/content-type" is "application/vnd.api+json"
    And context is cleaned up

  Scenario: Raw bodies, read as JSON
    Given format "RAW"
    And response format "JSON"
    And request is "just text"
    When the URL is invoked
    Then path "/body" is "just text"
    And path "/headers/content-type" does not exist
    And context is cleaned up

  Scenario: Forms
    Given format "FORM"
    And response format "JSON"
    And form field "name" is "my.user"
    And request param "tag" is "a"
    And request param "tag" is "b"
    When the URL is invoked
    Then path "/body" is "name=my.user&tag=a&tag=b"
    And path "/headers/content-type" is "application/x-www-form-urlencoded"

  Scenario: Uploads
    Given request file "note" is "note.txt"
    When the URL is invoked
    Then path "/headers/content-type" starts with "multipart/form-data"
    And path "/body" contains text "a note"
    And form is cleaned up

  Scenario: Uploads that say what they are
    Given request file "note" is "note.txt" of type "text/markdown"
    And request file "copy" is "note.txt" of type "image/png", named "me.png"
    When the URL is invoked
    Then path "/body" contains text "Content-Type: text/markdown"
    And path "/body" contains text "filename="me.png""
    And form is cleaned up

  Scenario: XML requests
    Given format "XML"
    And response format "JSON"
    And request "envelope.xml"
    And date format "day" "YYYY-MM-DD"
    And namespace prefix "soap" of "http://schemas.xmlsoap.org/soap/envelope/"
    And XPath "/soap:Envelope/soap:Body/user/name" in request is "Ada"
    And XPath "//type" in request is one of "RGV, RGX"
    And XPath "//type" in request is any of "RGV, RGX"
    And XPath "//born" in request is a UUID4
    And XPath "//born" in request is a UUID
    And XPath "//born" in request is a random string
    And XPath "//born" in request is a random integer
    And XPath "//born" in request is a random float
    And XPath "//born" in request is now "default"
    And XPath "//born" in request is UTC now "default"
    And XPath "//born" in request is UTC now "default" minus one hour
    And XPath "//born" in request is a random date "day"
    And XPath "//born" in request is a random date after "2026-01-01" "day"
    And XPath "//born" in request is a random date before "2026-01-01" "day"
    And XPath "//born" in request is a random date between "2026-01-01" and "2026-12-31" "day"
    When the URL is invoked
    Then path "/body" contains text "<name>Ada</name>"
    And path "/body" matches "<born>2026-\d\d-\d\d</born>"
    And path "/headers/content-type" is "application/xml"

  Scenario: A request in a line
    When "GET /echo?a=b%20c" is invoked
    Then path "/method" is "GET"
    And path "/query/a" is "b c"

    When "PUT @{address}/echo" is invoked
    Then path "/method" is "PUT"
    And path "/query" is an empty dict

  Scenario: A new request has nothing of earlier steps
    Given URL path "/echo"
    And HTTP method "POST"
    And format "JSON"
    And header "X-Old" "a"
    And query parameter "old" is "b"
    And request is "{"old": 1}"
    And a new request
    And URL path "/echo"

    When the URL is invoked

    Then path "/method" is "GET"
    And path "/body" is ""
    And path "/query" is an empty dict
    And path "/headers/x-old" does not exist
