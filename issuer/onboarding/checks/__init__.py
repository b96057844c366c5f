"""Onboarding for people who check: what a hospital shows on paper, who looked at it, and what happens when it runs out.

slots        what is needed, by jurisdiction, as data
tables       the rows: evidence, looks for duplicates, accepted differences of names, notices
applicant    whom the checks are about: an application, or a hospital that has not applied yet
evidence     put in, checked, sent back, not applicable
names        names side by side, pair by pair
duplicates   does the register have this hospital already?
checklist    all of it together, what is missing, and who may approve
hand_over    the package for an LEI issuer, signed by the registrar, and how its receiver checks it
calendar     what runs out when, also as an iCalendar file
policy       what the watch does about what it sees
notices      what the watch saw and did
api          all of it over HTTP

No LEI is made here: only an LEI issuer accredited by GLEIF assigns one.
"""
