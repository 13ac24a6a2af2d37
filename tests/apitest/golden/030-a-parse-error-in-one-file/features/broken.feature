Feature: Broken

  Scenario: A step that is none
    Given address "$API"
    Whn the URL is invoked
