# language: fr
Fonctionnalité: Commandes

  Scénario: Lire
    Étant donné address "$API"
    Quand the URL is invoked
    Alors status is "404"
