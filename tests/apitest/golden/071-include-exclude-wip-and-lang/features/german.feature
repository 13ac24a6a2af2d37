Funktionalität: Bestellungen

  Szenario: Lesen
    Angenommen address "$API"
    Wenn the URL is invoked
    Dann status is "404"
