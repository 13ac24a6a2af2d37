Feature: Users

  Scenario: A format
    Given format "YAML"

  Scenario: JSON below the step
    Given request is
      """
      {"a": 1,}
      """

  Scenario: A path before there is a request
    Given path "/a" in request is "b"

  Scenario: A path without a parent
    Given request is "{}"
    And path "/a/b" in request is "c"

  Scenario: A number
    Given request is "{}"
    And path "/a" in request is an integer "four"

  Scenario: A date format
    Given path "/a" in request is now "dfault"

  Scenario: A Python value
    Given path "/a" in request is "[1, " (with literal_eval)

  Scenario: A method
    Given address "$API"
    And HTTP method "GE T"
    When the URL is invoked
