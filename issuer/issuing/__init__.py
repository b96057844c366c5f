"""How a record becomes a credential in a patient's wallet, and why nothing is lost or doubled on the way.

states      the states, the only steps between them, and what dies with the process in each: nothing
tables      the rows: submissions, credentials, attachments, exchanges to close
submitting  a bundle becomes drafts, all of them or none
claims      a worker takes rows, and learns when it has lost them
offering    drafted → offered
watching    offered → accepted, issued → acknowledged: what the agent's exchange record says
signing     accepted → signed, a batch in one call
witnessing  signed → committed → witnessed, a batch in one call
delivering  witnessed → issued
closing     exchanges that must end: abandoned at the agent, then deleted
sweep       the agent's exchanges against the rows: what webhooks lost or doubled
worker      the lanes that run these steps
resending   a person offers a credential again, or withdraws it
deadlines   what was accepted must be sent in time
attachments files that belong to a credential, fetched by the wallet
links       the short offer URL
"""
