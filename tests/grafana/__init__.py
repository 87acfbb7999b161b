"""What Grafana sends, to the byte, and what it must get back."""
