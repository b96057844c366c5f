"""The words: errors, keys, record types, contexts and credentials. Pure: no network, no clock, no database."""
