Feature: Users

  Scenario: A user
    Given address "@address"
    And URL path "/account"
    When the URL is invoked
    Then path "/name" is "@user"
