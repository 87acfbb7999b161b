"""A server whose receiver is a real mail server, and the mails that have come there."""
import email
import email.policy
from pathlib import Path

from alarms.setting import AlarmCase
from support.process import Program, free_ports, is_listening
from support.server import ROOT

PYTHON = ROOT / ".tools/smtp/bin/python"


class MailCase(AlarmCase):
    def begin_with_mail(self, levels, **setting):
        port, = free_ports(1)
        self.mails = self.folder / "mails"
        self.mails.mkdir()
        server = Program([PYTHON, Path(__file__).with_name("mail_server.py"), port, self.mails], self.folder / "mail.log")
        self.addCleanup(server.kill)
        server.wait_ready(lambda: is_listening(port), "does not listen")
        mail = {
            "to": "ann@example.org, bob@example.org", "from": "plumbago@example.org", "smarthost": f"127.0.0.1:{port}",
            "require_tls": False, "send_resolved": True,
        }
        self.begin([{"name": "all", "email_configs": [mail]}], levels=levels, **setting)

    def received(self):
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted(self.mails.glob("*.eml"))
        ]
