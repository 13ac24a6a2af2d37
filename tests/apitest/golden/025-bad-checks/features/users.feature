Feature: Users

  Scenario: A user
    Given address "$API"
    And URL path "/account"
    When the URL is invoked
    Then path "/name" matches "("
    And path "/id" is an integer "x"
    And status is "2yy"
    And path "/extra" is JSON "{"
    And XPath "//name" is "Ada"
