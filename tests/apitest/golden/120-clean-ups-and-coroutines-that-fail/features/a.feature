Feature: Tables

  Scenario: Its clean-up fails
    Given there is a table that can't be dropped

  Scenario: It fails, and so does its clean-up
    Given there is a table that can't be dropped
    Then it is full

  Scenario: Its fixture can't be made
    Given there is a table that can't be made

  Scenario: Its coroutine is cancelled
    Given I wait for a table that goes away

  Scenario: Its step raises what is no Exception
    Given pytest fails

  Scenario: It passes
    Given there is a table
