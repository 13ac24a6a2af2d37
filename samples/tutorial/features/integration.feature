@lock:mock
Feature: The tutorial's integration, with systems that zato mock plays

  Background:
    Given systems are played by "$ZATO_MOCK"
    And address "http://localhost:17010"
    And Basic Auth "api" "$API_PASSWORD"
    And URL path "/api/v1/user"
    And format "JSON"
    And HTTP method "POST"
    And request is "{"user_name": "my.user"}"

  Scenario: CRM and Payments are asked once, each what it should be
    When the URL is invoked
    Then status is "200"
    And CRM was called once
    And CRM was called once by GET "/get-user" with path "/UserName" is "my.user"
    And Payments was called once
    And Payments was called once by POST "/balance/get" with query "USER" is "my.user"

  Scenario: Fraud detection is told of users of type RGV
    When the URL is invoked
    Then path "/user_type" is "RGV"
    And within "5s" system "Fraud Detection Connection" has a message with
      | text        | User `my.user` accessed `123456` |
      | exchange    | /tutorial                        |
      | routing key | api                              |
    And system "Fraud Detection Connection" has "1" messages

  Scenario: It is told of nobody else, as user-conf/tutorial.conf says
    Given CRM answers GET "/get-user" with JSON "{"UserType": "XYZ", "AccountNumber": "123456"}"
    When the URL is invoked
    Then path "/user_type" is "XYZ"
    And path "/account_balance" is "357.9"
    And system "Fraud Detection Connection" has no message for "300ms"

  Scenario: Payments is not asked for a user that CRM does not know
    Given request is "{"user_name": "nobody"}"
    When the URL is invoked
    Then status is "500"
    And CRM was called once with path "/UserName" is "nobody"
    And Payments was not called
    And system "Fraud Detection Connection" has no message for "100ms"

  Scenario: CRM that is out of order is told to the caller
    Given CRM answers anything with status "503"
    When the URL is invoked
    Then status is "500"
    And Payments was not called
