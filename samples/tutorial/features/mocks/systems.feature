Feature: What the tutorial's CRM and Payments answer
  For zato mock: these are answers, no tests.

  Scenario: Users that nobody knows
    Given CRM answers GET "/get-user" with status "404" and JSON "{"error": "no such user"}"
    And Payments answers POST "/balance/get" with status "404" and JSON "{"error": "no such user"}"

  Scenario: my.user, of a type that Fraud detection is told of
    Given CRM answers GET "/get-user" when path "/UserName" is "my.user" with JSON
      """
      {"UserType": "RGV", "AccountNumber": "123456"}
      """
    And Payments answers POST "/balance/get" when query "USER" is "my.user" with JSON "{"ACC_BALANCE": "357.9"}"
