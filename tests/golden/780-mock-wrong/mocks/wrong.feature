Feature: What is wrong

  Scenario: Of each kind
    Given CRN answers GET "/users" with JSON "{}"
    And CRM answers GET "/users" wiht JSON "{}"
    And CRM answers GET "users" with JSON "{}"
    And CRM answers GET "/users" with JSON "{"
    And CRM answers GET "/users" with status "500", then with JSON "{}"
    And CRM answers as "broken.yaml" describes
    When the URL is invoked
