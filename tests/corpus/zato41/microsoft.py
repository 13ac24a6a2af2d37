# Microsoft Teams.
from zato.server.service import Service


class Tells(Service):
    name = 'corpus.microsoft'

    def handle(self):
        self.microsoft.teams.send('Team', to='Team/General', text='Hello')
