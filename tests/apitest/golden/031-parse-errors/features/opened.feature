# language: de
Funktion: A

  Szenario: S
    Angenommen request is
      '''
      {"a": 1}

    Wenn the URL is invoked
