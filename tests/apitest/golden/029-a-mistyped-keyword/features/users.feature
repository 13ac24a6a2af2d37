Feature: Users

  Scenario: The keyword is wrong
    Giveen address "$API"

  Scenario: Of two steps one
    Given: address "$API"
    Given URL path "/account"

  Scenario: After a step
    Given address "$API"
