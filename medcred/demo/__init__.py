"""The whole story on one machine: real agents, real services, synthetic hospitals and patients."""
