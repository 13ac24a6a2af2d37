Feature: Certificates are verified

  Scenario: Certificates are verified
    Then every outgoing_rest has "tls_verify" equal to "true"
