Feature: Systems that the test plays

  Rule: In the runner

    Background:
      Given CRM answers GET "/users/{name}" with JSON "{"type": "guest"}"
      And I store address of system "CRM" under "crm"
      And address "#crm"
      And URL path "/users/my.user"
      And format "JSON"

    Scenario: An answer, and the call that it got
      When the URL is invoked
      Then path "/type" is "guest"
      And CRM was called
      And CRM was called once by GET "/users/my.user"
      And system "CRM" was called once with header "User-Agent" starts with "zatools-apitest"
      And system "CRM" was called
      And within "1s" CRM was called
      And within "1s" system "CRM" was called
      And within "1s" CRM was called once
      And within "1s" system "CRM" was called once
      And CRM was not called by POST "/users/my.user"
      And system "CRM" was not called with header "X-Nothing" is "x"

    Scenario: The last rule that fits counts
      Given CRM answers GET "/users/{name}" when path "/name" is "my.user" with JSON "{"type": "gold"}"
      When the URL is invoked
      Then path "/type" is "gold"

    Scenario: Not at once, and not for ever
      Given CRM answers GET "/users/my.user" with status "503" twice, then with file "played/user.json" after "50ms"
      When the URL is invoked
      Then status is "503"
      When the URL is invoked
      Then status is "503"
      When the URL is invoked
      Then path "/user_type" is "RGV"
      And CRM was called "3" times

    Scenario: What it is asked changes what it is
      Given CRM answers PUT "/users/my.user" with status "204" and state becomes "changed"
      And CRM answers GET "/users/my.user" when state is "changed" with JSON
        """
        {"type": "silver"}
        """
      And HTTP method "GET"
      When the URL is invoked
      Then path "/type" is "guest"
      Given HTTP method "PUT"
      And request is "{"type": "silver"}"
      When the URL is invoked
      Then status is "204"
      And CRM was called once with path "/type" is "silver"
      Given HTTP method "GET"
      When the URL is invoked
      Then path "/type" is "silver"

    Scenario: What no rule answers is told with the rule that is nearest
      Given system "Bank" listens on port "0"
      And system "Bank" answers POST "/pay" when path "/amount" is less than "100" with JSON "{"paid": true}"
      And I store address of system "Bank" under "bank"
      And address "#bank"
      And URL path "/pay"
      And HTTP method "POST"
      And request is "{"amount": 150}"
      When the URL is invoked
      Then status is "501"
      And path "/error" is "no rule of Bank answers POST /pay"
      And path "/why not" is JSON "["when path \"/amount\" is less than \"100\": it is number 150"]"
      And system "CRM" was not called
      And CRM was not called

    Scenario: SOAP, told by its action or by the element in its body
      Given Bank answers SOAP "GetBalance" when XPath "//*[local-name()='user']" is "ada" with XML "<balance>42</balance>"
      And I store address of system "Bank" under "bank"
      And address "#bank"
      And URL path "/soap"
      And HTTP method "POST"
      And format "XML"
      And request is
        """
        <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><GetBalance><user>ada</user></GetBalance></s:Body></s:Envelope>
        """
      When the URL is invoked
      Then XPath "/balance" is "42"

  Rule: In zato mock, by the definitions

    Background:
      Given systems are played by "@mock"
      And I store address of system "CRM" under "crm"
      And address "#crm"
      And URL path "/get-user"
      And HTTP method "GET"
      And format "JSON"
      And request is "{}"

    Scenario: By the mock's own rules
      Given query string "?UserName=my.user"
      When the URL is invoked
      Then path "/UserType" is "RGV"
      And CRM was called once by GET "/get-user" with path "/UserName" is "my.user"
      And Payments was not called

    Scenario: A scenario says otherwise, for itself alone
      Given CRM answers GET "/get-user" with JSON "{"UserType": "XYZ"}"
      When the URL is invoked
      Then path "/UserType" is "XYZ"

    Scenario: The next one finds the mock's own rules, and no calls
      Given query string "?UserName=nobody"
      Then CRM was not called
      When the URL is invoked
      Then status is "404"

    Scenario: Messages that are published reach it
      Given I store address of system "Fraud Detection" under "broker"
      And broker is "#broker"
      When message "{"user": "my.user"}" is published to exchange "/tutorial" with routing key "api"
      Then system "Fraud Detection" has a message
      And system "Fraud Detection" has a message with path "/user" is "my.user"
      And system "Fraud Detection" has a message with text "my.user"
      And system "Fraud Detection" has a message with
        | routing key | api       |
        | exchange    | /tutorial |
      And system "Fraud Detection" has "1" messages
      And within "1s" system "Fraud Detection" has a message
      And within "1s" system "Fraud Detection" has a message with path "/user" is "my.user"
      And within "1s" system "Fraud Detection" has a message with text "my.user"
      And within "1s" system "Fraud Detection" has a message with
        | routing key | api |
      And within "1s" system "Fraud Detection" has "1" messages

    Scenario: And none that a scenario before has sent
      Then system "Fraud Detection" has no message for "50ms"
