"""Character sets of databases: which characters they have no place for."""

from __future__ import annotations

from sqlalchemy.engine import Connection

#: PostgreSQL's names are in capitals, MariaDB's and MySQL's are not: UTF8 has all characters, utf8 none of 4 bytes.
EVERYTHING = frozenset({'', 'UTF8', 'SQL_ASCII', 'utf8mb4', 'utf16', 'utf16le', 'utf32', 'binary'})
THREE_BYTES = frozenset({'utf8', 'utf8mb3', 'ucs2'})
#: Those that Python knows by other names.
CODECS = {'latin1': 'cp1252', 'koi8r': 'koi8-r', 'koi8u': 'koi8-u', 'KOI8R': 'koi8-r', 'KOI8U': 'koi8-u'}


def charset_of(connection: Connection) -> str:
    """Returns the character set of a whole database; empty where columns have their own, or any character fits."""
    if connection.dialect.name != 'postgresql':
        return ''
    return str(connection.connection.dbapi_connection.info.parameter_status('server_encoding'))  # type: ignore[union-attr]


def first_unheld(text: str, charset: str) -> str:
    """Returns the first character that a character set lacks; empty if it has all, or if we don't know it."""
    if text.isascii() or charset in EVERYTHING:
        return ''
    if charset in THREE_BYTES:
        return next((letter for letter in text if letter > '\uffff'), '')
    try:
        text.encode(CODECS.get(charset, charset.replace('WIN', 'cp')))
    except UnicodeEncodeError as error:
        return text[error.start]
    except LookupError:
        return ''
    return ''


def remedy(charset: str) -> str:
    """Returns what makes a database that has this character set hold all characters."""
    if charset.islower():
        return 'convert its tables to utf8mb4'
    return 'move it to a database whose encoding is UTF8'
