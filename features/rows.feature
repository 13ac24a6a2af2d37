Feature: Rows from files

  Scenario Outline: A user
    Given address "@address"
    And URL path "/echo"
    And HTTP method "POST"
    And request is "{"name": "<name>", "age": <age>}"
    When the URL is invoked
    Then path "/json/name" is "<name>"
    And path "/json/age" is an integer "<age>"

    Examples: from "users.csv"

    Examples: from "users.json" where role is "admin"

    Examples: from "users.yaml" where role is not "admin"
