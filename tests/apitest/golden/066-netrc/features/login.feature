Feature: Logins of .netrc

  Scenario: Without a login of its own
    Given address "$API"
    And URL path "/echo"
    When the URL is invoked
    Then path "/headers/authorization" is "none"

  Scenario: With a header
    Given header "Authorization" "Bearer my-own-token"
    When the URL is invoked
    Then path "/headers/authorization" is "Bearer my-own-token"
