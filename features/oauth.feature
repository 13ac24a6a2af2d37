Feature: OAuth2

  Background:
    Given address "@address"
    And URL path "/echo"
    And OAuth2 endpoint "@{address}/token"
    And OAuth2 credentials "api" "@password"

  Scenario: A token by a form
    Given OAuth2 scopes "read write"
    And OAuth2 grant type "client_credentials"
    And OAuth2 extra fields "audience=api, region=eu"
    And OAuth2 client ID field "client_id"
    And OAuth2 client secret field "client_secret"
    And I store an OAuth2 bearer token under "token"
    And OAuth2 bearer token "#token"
    When the URL is invoked
    Then path "/headers/authorization" is "Bearer #{token}"

  Scenario: The token is forgotten
    Then OAuth2 context is cleaned up

  Scenario: A token by JSON
    Given OAuth2 request format "json"
    And I store an OAuth2 bearer token under "token"
    When the URL is invoked
    Then path "/headers/authorization" does not exist
