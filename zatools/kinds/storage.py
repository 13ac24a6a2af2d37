"""3.2's connections to where files are: FTP servers, AWS S3 and OpenStack Swift."""

from __future__ import annotations

from zatools.kinds import traits
from zatools.kinds.fields import ACTIVE, NAME, NEEDED, SERVICE, STATED_32, V32, flag, number, password
from zatools.kinds.model import Becomes, Field, Kind, Per, Row
from zatools.kinds.traits import ENDPOINT, OPENED, OUTGOING, VERIFIES

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
    protocol=traits.FTP,
    served=OPENED,
    becomes=Becomes('ftp', {'user': 'username'}),
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
    protocol=traits.S3,
    served=OPENED,
    admin='zato.cloud.aws.s3',
)


SWIFT = Kind(
    'zato_cloud_openstack_swift',
    'OpenStack Swift connections (3.2).',
    (Row('os_swift'),),
    (
        NAME,
        ACTIVE,
        Field('auth_url', 'URL to log in at.', required=True, example='https://swift.example.com/auth', means=ENDPOINT),
        Field('auth_version', 'Version of how to log in.', default='1'),
        Field('user', 'User name.'),
        password('Key of the user.', 'secret_key'),
        Field('tenant_name', 'Name of the tenant.'),
        number('pool_size', 'Connections kept open.', 5),
        number('retries', 'How often a call is tried again.', 5),
        number('starting_backoff', 'Seconds before the second try.', 1),
        number('max_backoff', 'Most seconds between tries.', 64),
        flag('is_snet', 'Whether calls go through the internal network.', False),
        Field('should_validate_cert', "Whether the server's certificate is verified.", 'boolean', True, means=VERIFIES),
        Field('cacert', 'Path of the file with certificates of authorities.'),
        flag('should_retr_ratelimit', 'Whether a call is tried again that was one too many.', False),
        flag('needs_tls_compr', 'Whether encrypted connections are compressed.', True),
        Field('custom_options', 'More options: `key=value` each.'),
    ),
    generations=V32,
    aliases=('zato_cloud_openstack_swift',),
    role=OUTGOING,
    noun='Swift connection',
    admin='zato.cloud.openstack.swift',
)
NOTIFICATION = Kind(
    'notif_cloud_openstack_swift',
    'OpenStack Swift notifications (3.2): new objects of containers invoke a service.',
    (Row('notif', match={'notif_type': 'openstack_swift'}), Row('notif_os_swift', link='id')),
    (
        NAME,
        ACTIVE,
        Field(
            'def_name',
            'Swift connection that is asked.',
            column='def_id',
            ref='zato_cloud_openstack_swift',
            required=True,
            aliases=('def_id',),
            example='my-zato-cloud-openstack-swift',
        ),
        Field('containers', 'Containers that are looked at.', 'lines', required=True, form='text', example='orders'),
        number('interval', 'Seconds between two looks.', 5),
        Field('name_pattern', 'Pattern of the names of objects.', default='**'),
        flag('name_pattern_neg', 'Whether those are meant that do not match.', False),
        flag('get_data', 'Whether services get what is in objects.', False),
        Field('get_data_patt', 'Pattern of the names of objects whose data they get.', default='**'),
        flag('get_data_patt_neg', 'Whether those are meant that do not match.', False),
        SERVICE,
    ),
    generations=V32,
    aliases=('notif_cloud_openstack_swift',),
    noise={'service_id': None, 'notif_type': ('openstack_swift',)},
    noun='Swift notification',
    admin='zato.notif.cloud.openstack.swift',
)
KINDS = (FTP, S3, SWIFT, NOTIFICATION)
