"""Where teams keep secrets besides the environment: `${file:…}`, `${vault:…}`, `${keyring:…}`, files sealed by SOPS."""
