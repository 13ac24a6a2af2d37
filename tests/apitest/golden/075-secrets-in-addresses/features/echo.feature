Feature: Secrets in addresses

  Scenario: A password
    Given address "http://bob:${API_PASSWORD}@${NAME}:${PORT}"
    And URL path "/echo"
    And header "X-Key" "${API_PASSWORD}"
    When the URL is invoked
    Then path "/headers/x-key" is "x"
    And path "/headers/authorization" is "x"
    And path "/headers/host" is "x"

  Scenario: A user that is a token
    Given address "http://${API_PASSWORD}@${NAME}:${PORT}"
    When the URL is invoked
    Then path "/headers/x-key" is "x"

  Scenario: A part of a path, and a query
    Given address "http://${NAME}:${PORT}"
    And URL path "/echo?key=${API_PASSWORD}"
    When the URL is invoked
    Then path "/query/key" is "x"

  Scenario: Whole values
    Given address "$WHOLE_ADDRESS"
    And URL path "$WHOLE_PATH"
    When the URL is invoked
    Then path "/query" is "x"
    And path "/headers/authorization" is "x"

  Scenario: A query string
    Given address "$API"
    And URL path "$ECHO"
    And query string "$QUERY"
    When the URL is invoked
    Then path "/query" is "x"
