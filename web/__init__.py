"""What every medcred service shows and says over HTTP: pages in four languages, problems, QR codes, live events, logs.

This room knows no record, no credential and no hospital; the rooms hand it their templates and words.
"""
