"""A witness: remembers each log's head and cosigns only what continues it. Its own key, its own database."""
