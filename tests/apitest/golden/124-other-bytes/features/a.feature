Feature: Bytes

  Background:
    Given address "$API"
    And URL path "/binary"
    And format "RAW"

  Scenario: Other bytes than those of a file
    When the URL is invoked
    Then response is equal to that from "other.bin"

  Scenario: Another length
    When the URL is invoked
    Then response has "3" bytes

  Scenario: Another digest
    When the URL is invoked
    Then SHA-256 of response is "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

  Scenario: No text for a text
    Given URL path "/user"
    When the URL is invoked
    Then response is equal to that from "other.bin"

  Scenario: Bytes for a text
    When the URL is invoked
    Then response is equal to "abc"
