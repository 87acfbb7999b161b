"""Graphs in messages: within a mail, and by an address that only this server can make."""
import stat
import time
import urllib.error
import urllib.request

from alarms import png
from alarms.mails import MailCase
from alarms.recorder import Recorder
from alarms.setting import SCHEMAS, AlarmCase
from support.process import free_ports, wait_until
from support.server import Server

WIDTH, HEIGHT = 760, 340
# A graph has lines, letters with soft edges and a shaded time: many more colours than an empty picture.
COLOURS_MIN = 50
HOSTILE = "x<script>&\"'\\]]>%E2%80%AE"
EXPIRY_DAYS = 3
DAY_SECONDS = 86_400


def check_picture(case, data):
    width, height, colours = png.decode(data)
    case.assertEqual((width, height), (WIDTH, HEIGHT))
    case.assertGreater(colours, COLOURS_MIN)


class InMail(MailCase):
    def first_mail(self):
        wait_until(self.received, "no mail comes", 20)
        return self.received()[0]

    def pictures(self):
        return [part for part in self.first_mail().walk() if part.get_content_type() == "image/png"]

    def test_a_mail_shows_the_graph_of_its_alarm(self):
        self.begin_with_mail({"one": 1, "two": 2})
        self.feed.set("one", 10)
        mail = self.first_mail()
        self.assertEqual(mail.get_content_type(), "multipart/alternative")
        text, related = mail.iter_parts()
        self.assertEqual((text.get_content_type(), related.get_content_type()), ("text/plain", "multipart/related"))
        html, picture = related.iter_parts()
        self.assertEqual((html.get_content_type(), picture.get_content_type()), ("text/html", "image/png"))
        name = picture["Content-ID"].strip("<>")
        self.assertIn("@", name)
        self.assertIn(f'src="cid:{name}"', html.get_content())
        self.assertEqual(picture.get_content_disposition(), "inline")
        check_picture(self, picture.get_content())
        self.assertEqual(self.server.metrics().total("plumbago_alarm_pictures_total", outcome="drawn"), 1)

    def test_where_there_are_none_a_mail_goes_without(self):
        self.begin_with_mail({"one": 1}, settings="[alerting]\npictures = false\n")
        self.feed.set("one", 10)
        mail = self.first_mail()
        self.assertEqual([part.get_content_type() for part in mail.iter_parts()], ["text/plain", "text/html"])
        self.assertNotIn("<img", mail.get_body(("html",)).get_content())

    def test_where_one_cannot_be_drawn_a_mail_goes_without_and_that_is_told(self):
        # A colour that is none hinders nobody but who draws.
        self.begin_with_mail({"one": 1}, expression="color(app.*.level, 'no such colour')")
        self.feed.set("one", 10)
        mail = self.first_mail()
        self.assertNotIn("<img", mail.get_body(("html",)).get_content())
        self.assertEqual(self.server.metrics().total("plumbago_alarm_pictures_total", outcome="failed"), 1)
        self.assertIn("goes without its picture", self.server.log.read_text())

    def test_hostile_names_do_no_harm(self):
        self.begin_with_mail({HOSTILE: 1})
        self.feed.set(HOSTILE, 10)
        picture, = self.pictures()
        check_picture(self, picture.get_content())


class ByAddress(AlarmCase):
    def address(self):
        """The address that comes with the first message, as a path of this server."""
        recorder = Recorder(free_ports(1)[0])
        self.addCleanup(recorder.die)
        root = "https://graphs.example.org"
        slack = {"api_url": recorder.url}
        self.begin(
            [{"name": "all", "slack_configs": [slack]}], levels={"one": 1, "two": 2},
            settings=f'[rules]\nexternal_url = "{root}"\n[alerting]\npicture_expiry = "{EXPIRY_DAYS}d"\n'
                     '[access]\ntokens = [{ name = "t", token_file = "token", scopes = ["read"] }]\n',
        )
        self.feed.set("one", 10)
        wait_until(recorder.accepted, "nobody is told", 20)
        address = recorder.accepted()[0].body["attachments"][0]["image_url"]
        self.assertTrue(address.startswith(f"{root}/api/v1/pictures/"), address)
        return address.removeprefix(root)

    def setUp(self):
        super().setUp()
        (self.folder / "token").write_text("a-token-that-nobody-shows-here")

    def ask(self, path):
        """Status, type and body, without credentials."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.server.http}{path}", timeout=60) as answer:
                return answer.status, answer.headers["Content-Type"], answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers["Content-Type"], error.read()

    def test_who_has_the_address_sees_the_picture_and_nothing_else(self):
        path = self.address()
        status, kind, body = self.ask(path)
        self.assertEqual((status, kind), (200, "image/png"))
        check_picture(self, body)
        self.assertEqual(self.ask("/render?target=app.one.level")[0], 401)
        for place in (len("/api/v1/pictures/"), len(path) // 2, len(path) - 1):
            changed = path[:place] + ("A" if path[place] != "A" else "B") + path[place + 1:]
            status, _kind, body = self.ask(changed)
            self.assertEqual(status, 403, changed)
            self.assertEqual(body.decode().count("\n"), 1)
        self.assertEqual(self.ask(path + "?target=secret.series&from=-1y")[2], self.ask(path)[2])
        key = self.server.data / "pictures.key"
        self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600)

    def test_an_address_outlives_a_restart_but_not_its_time(self):
        path = self.address()
        self.feed.end()
        self.server.kill()
        now = int(time.time())
        for clock, expected in ((now + DAY_SECONDS // 2, 200), (now + EXPIRY_DAYS * DAY_SECONDS + 60, 410)):
            later = Server(self.folder, SCHEMAS, clock=clock, options=self.options)
            self.addCleanup(later.end)
            self.server = later.start()
            status, _kind, body = self.ask(path)
            self.assertEqual(status, expected, body[:200])
            later.stop()
        self.assertRegex(body.decode(), r"^this address of a picture was valid until \S+Z\n$")
