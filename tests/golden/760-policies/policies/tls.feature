Feature: What production needs

  Scenario: TLS in prod
    Given environment "prod"
    Then every outgoing_rest has "tls_verify" equal to "true"
    But not "Legacy CRM", because it goes away in March

  Scenario: Guarded channels
    Then every channel_rest has "security"
