Feature: TLS

  Scenario: Signed by a stranger
    Given address "https://${UNKNOWN_CA}"
    When the URL is invoked
    Then status is "200"

  Scenario: Trusted
    Given CA bundle "$SSL_CERT_FILE"
    And address "https://${HTTPS}"
    When the URL is invoked
    Then status is "200"

  Scenario: For another name
    Given address "https://${OTHER_NAME}"
    When the URL is invoked
    Then status is "200"

  Scenario: Expired
    Given address "https://${EXPIRED}"
    When the URL is invoked
    Then status is "200"

  Scenario: Not TLS
    Given address "https://${HTTP}"
    When the URL is invoked
    Then status is "200"

  Scenario: No certificate and key
    Given address "https://${HTTPS}"
    And client certificate "../bad.pem" "../bad.pem"
    When the URL is invoked
    Then status is "200"

  Scenario: No such file
    Given client certificate "nowhere.pem" "nowhere.key"
    When the URL is invoked
    Then status is "200"

  Scenario: No authorities
    Given CA bundle "../bad.pem"
    When the URL is invoked
    Then status is "200"
