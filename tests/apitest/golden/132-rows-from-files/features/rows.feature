Feature: Rows

  Scenario Outline: A user
    Given I store "<name>" under "name"
    Then variable "#name" is a string "Ada"

    Examples: from "users.csv"

  Scenario Outline: A column that isn't there
    Then variable "<nme>" is a string "Ada"

    Examples: from "users.csv"

  Scenario Outline: No such file
    Then variable "<name>" is a string "Ada"

    Examples: from "user.csv"

  Scenario Outline: A row that is too short
    Then variable "<name>" is a string "Ada"

    Examples: from "short.csv"

  Scenario Outline: Broken JSON
    Then variable "<name>" is a string "Ada"

    Examples: from "broken.json"

  Scenario Outline: Objects that lack a key
    Then variable "<name>" is a string "Ada"

    Examples: from "lacking.json"

  Scenario Outline: A filter on a column that isn't there
    Then variable "<name>" is a string "Ada"

    Examples: from "users.csv" where rol is "admin"

  Scenario Outline: Nothing is left
    Then variable "<name>" is a string "Ada"

    Examples: from "users.csv" where role is "boss"

  Scenario Outline: Aliases
    Then variable "<name>" is a string "Ada"

    Examples: from "aliases.yaml"

  Scenario Outline: Another kind of file
    Then variable "<name>" is a string "Ada"

    Examples: from "users.txt"

  Scenario Outline: Neither nor
    Then variable "<name>" is a string "Ada"

    Examples: from "users.csv" when role is "boss"
