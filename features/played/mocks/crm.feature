Feature: What CRM answers where no scenario says otherwise

  Scenario: The users that it knows
    Given CRM answers GET "/get-user" with status "404" and JSON "{"error": "no such user"}"
    And CRM answers GET "/get-user" when path "/UserName" is "my.user" with JSON "{"UserType": "RGV"}"
