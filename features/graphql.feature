Feature: GraphQL

  Background:
    Given a new request
    And address "@talking"
    And URL path "/graphql"

  Scenario: A query
    When GraphQL query "{ clock }" is run
    Then path "/data/clock" is "noon"
    And GraphQL has no errors

  Scenario: Variables and operations
    Given I store "1" under "id"
    And GraphQL variable "id" is "#id"
    And GraphQL operation is "User"
    When GraphQL query is run
      """
      query User($id: ID!) { user(id: $id) { name } }
      query Clock { clock }
      """
    Then path "/data/user/name" is "Ada"
    Given GraphQL variables are "{"id": "2"}"
    When GraphQL query "query User($id: ID!) { user(id: $id) { name } }" is run, which may fail
    Then status is "200"
    And GraphQL has an error with text "no such user"
    And GraphQL has an error with path "/extensions/code" is "NOT_FOUND"

  Scenario: A query of a file
    Given GraphQL variables are "{"id": 1}"
    When GraphQL query of file "user.graphql" is run
    Then path "/data/user" is JSON "{"name": "Ada"}"
