"""The Chinese national algorithms (国密) behind one small interface. Imports nothing of ours but `schemas.errors`."""
