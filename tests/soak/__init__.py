"""A long run under load: what is sent must be there, and the server must not grow."""
