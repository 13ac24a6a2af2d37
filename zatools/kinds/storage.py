"""3.2's connections to where files are."""

from __future__ import annotations

from zatools.kinds.fields import ACTIVE, NAME, NEEDED, STATED_32, V32, password
from zatools.kinds.model import Field, Kind, Row
from zatools.kinds.traits import ENDPOINT, OUTGOING

FTP = Kind(
    'outconn_ftp',
    'FTP connections of 3.2; those of 4.1 are `ftp`.',
    (Row('out_ftp'),),
    (
        NAME,
        ACTIVE,
        Field('host', 'Host of the server.', required=True, example='ftp.example.com', means=ENDPOINT),
        Field('port', 'Port of the server.', 'integer', 21, minimum=1, maximum=65535, written=STATED_32),
        Field('user', 'User name.'),
        password('Password of the user.'),
        Field('acct', 'Account of the user, for servers that ask for one.'),
        Field('timeout', 'Seconds to wait for the server.', 'integer', minimum=0),
        Field('dircache', 'Whether listings of directories are cached.', 'boolean', True, written=STATED_32),
        Field('default_directory', 'Directory to begin in.', written=NEEDED),
    ),
    generations=V32,
    aliases=('outconn_ftp',),
    role=OUTGOING,
    noun='FTP connection',
    admin='zato.outgoing.ftp',
    leftovers=('old_name',),
)
KINDS = (FTP,)
