Feature: Not much is deleted at once

  Scenario: Not much is deleted at once
    Then the plan deletes no more than "3" objects
