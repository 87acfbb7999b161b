"""An authority and a certificate for 127.0.0.1 that it signed, made by openssl as docs/access.md shows."""
import subprocess

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=60)


def make_certificate(folder):
    """Writes authority.pem, server.pem and server.key into a folder."""
    openssl(
        folder, "req", "-x509", *KEY, "-days", "2", "-subj", "/CN=authority", "-keyout", "authority.key", "-out", "authority.pem"
    )
    openssl(folder, "req", *KEY, "-subj", "/CN=plumbago", "-keyout", "server.key", "-out", "server.csr")
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl(
        folder, "x509", "-req", "-in", "server.csr", "-CA", "authority.pem", "-CAkey", "authority.key", "-days", "2",
        "-out", "server.pem", "-extfile", "names",
    )
