"""3.2's connections to where files are: FTP servers and AWS S3."""

from __future__ import annotations

from zatools.kinds.fields import ACTIVE, NAME, NEEDED, STATED_32, V32, password
from zatools.kinds.model import Field, Kind, Per, Row
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
S3 = Kind(
    'cloud_aws_s3',
    'AWS S3 connections (3.2).',
    (Row('aws_s3'),),
    (
        NAME,
        ACTIVE,
        Field('address', 'URL of S3.', default='https://s3.amazonaws.com/', written=STATED_32, means=ENDPOINT),
        Field(
            'security',
            'Security definition with the access key.',
            column='security_id',
            ref='security',
            required=True,
            aliases=('security_name', 'security_id'),
            accepts=Per(frozenset({'aws'}), frozenset()),
            example='my-aws',
        ),
        Field('bucket', 'Bucket of calls that name none.'),
        Field('content_type', 'Content-Type of files.', default='application/octet-stream', written=STATED_32),
        Field(
            'storage_class',
            'Storage class of files.',
            default='STANDARD',
            choices=('STANDARD', 'REDUCED_REDUNDANCY', 'GLACIER'),
            written=STATED_32,
        ),
        Field('metadata_', 'Metadata of files: `key=value` each.'),
        Field('encrypt_at_rest', 'Whether files are stored encrypted.', 'boolean', True, written=STATED_32),
        Field('suppr_cons_slashes', 'Whether slashes in a row become one.', 'boolean', True, written=STATED_32),
        Field('pool_size', 'Connections kept open.', 'integer', 5, minimum=0, written=STATED_32),
        Field('debug_level', 'How much is logged, 0 is nothing.', 'integer', 0, minimum=0, written=STATED_32),
    ),
    generations=V32,
    aliases=('cloud_aws_s3',),
    role=OUTGOING,
    noun='AWS S3 connection',
    admin='zato.cloud.aws.s3',
)
KINDS = (FTP, S3)
