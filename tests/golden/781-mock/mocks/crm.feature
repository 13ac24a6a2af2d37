Feature: CRM

  Scenario: Users
    Given CRM answers GET "/users" when path "/id" is "7" with JSON "{"name": "Ada"}"
