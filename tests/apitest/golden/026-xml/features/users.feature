Feature: Users

  Scenario: A user
    Given address "$API"
    And URL path "/soap"
    And response format "XML"
    When the URL is invoked
    Then XPath "//user/name" is "Mary"
    And XPath "//friend" is "Charles"
    And XPath "//nam" is "Ada"
    And XPath "//[" is "Ada"
    And XPath "//x:name" is "Ada"
    And path "/name" is "Ada"
