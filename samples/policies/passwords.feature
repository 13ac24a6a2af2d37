Feature: Logins have passwords

  Scenario: Logins have passwords
    Then every basic_auth has "password"
