Feature: Outlines

  @row-<nmber>
  Scenario Outline: Users <name>
    Given address "$API"
    And URL path "/account"
    When the URL is invoked
    Then path "/name" is not "<nane>"

    Examples:
      | name | number |
      | Ada  | 1      |
      | Bob  | 2      |

  Scenario Outline: XML is no placeholder
    Given address "$API"
    And request is "{"a": "<b>bold</b> <br> <br/>"}"
    And URL path "/account"
    When the URL is invoked
    Then path "/name" is "<name>"

    Examples:
      | name         |
      | Ada Lovelace |
