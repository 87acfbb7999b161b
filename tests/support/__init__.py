"""What the black-box tests share: processes, free ports, a recording tap, and a running Plumbago."""
