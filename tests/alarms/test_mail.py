"""Mail, as a real mail server takes it and a mail program reads it."""
from alarms.mails import MailCase
from support.process import wait_until


class Mail(MailCase):
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
