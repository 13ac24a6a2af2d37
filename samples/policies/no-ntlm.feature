Feature: NTLM is gone

  Scenario: NTLM is gone
    Then there is no ntlm
