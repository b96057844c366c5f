"""Run the processes of a house: what each one is in `plan`, keeping them alive in `supervisor`, one of them in `run`."""
