"""Mail, as a real mail server takes it and a mail program reads it."""
import email
import email.policy
from pathlib import Path

from alarms.setting import AlarmCase
from support.process import Program, free_ports, is_listening, wait_until
from support.server import ROOT

PYTHON = ROOT / ".tools/smtp/bin/python"


class Mail(AlarmCase):
    def begin_with_mail(self, levels):
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
        self.begin([{"name": "all", "email_configs": [mail]}], levels=levels)

    def received(self):
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted(self.mails.glob("*.eml"))
        ]

    def test_text_and_html_say_what_fires_and_a_group_is_one_thread(self):
        self.begin_with_mail({"one": 1})
        self.feed.set("one", 10)
        wait_until(self.received, "no mail comes", 20)
        self.feed.set("one", 1)
        wait_until(lambda: len(self.received()) == 2, "no mail tells of the end", 20)
        first, last = self.received()
        self.assertEqual(str(first["To"]), "ann@example.org, bob@example.org")
        self.assertIn("TooHigh", first["Subject"])
        self.assertIn("RESOLVED", last["Subject"].upper())
        for mail in (first, last):
            text = mail.get_body(("plain",)).get_content()
            html = mail.get_body(("html",)).get_content()
            for part in (text, html):
                self.assertIn("TooHigh", part)
                self.assertIn("app.one.level", part)
            self.assertTrue(mail["Message-ID"] and mail["Date"])
        self.assertNotEqual(first["Message-ID"], last["Message-ID"])
        self.assertTrue(set(first["References"].split()) & set(last["References"].split()), "one thread")
