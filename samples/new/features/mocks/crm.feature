Feature: What the CRM answers where there is none

  For zato mock: these are answers, no tests. The last one that fits counts.

  Scenario: Users
    Given CRM answers GET "/users" with status "404" and JSON "{"error": "no such user"}"
    And CRM answers GET "/users" when query "user_name" is "ada" with JSON "{"user_type": "gold"}"
    And CRM answers GET "/users" when query "user_name" is "charles" with JSON "{"user_type": "silver"}"
    And CRM answers GET "/users" when query "user_name" is "mary" with JSON "{"user_type": "guest"}"
