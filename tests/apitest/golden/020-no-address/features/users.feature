Feature: Users

  Scenario: Where to?
    Given URL path "/account"
    When the URL is invoked
