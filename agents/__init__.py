"""The DIDComm hands: how ACA-Py agents are started, asked and heard, and the plugin every one of them loads.

`launch` builds the command line, `client` asks the admin API, `events` hears the webhooks, `plugin` runs inside the agent.
Agents hold the keys and carry messages; what a message means is decided by issuer, wallet and verifier.
"""
