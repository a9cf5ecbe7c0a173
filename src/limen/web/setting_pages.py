"""The pages of the settings, and which settings stand on each."""

from dataclasses import dataclass

from limen.config.describe import Described, Plain, SettingKind, Shape, described, door_shapes, section_names, shapes
from limen.config.load import Source
from limen.door.desk import SettingsDesk, file_alone
from limen.web.setting_texts import CHOICES, TEXTS, Text, key_of


@dataclass(frozen=True, slots=True)
class Group:
    """Settings under one heading; ``more`` are folded away. ``only``: for one choice alone, as ``doors.lock=gpio``."""

    title: str
    keys: tuple[str, ...]
    more: tuple[str, ...] = ()
    intro: str = ""
    only: str = ""


@dataclass(frozen=True, slots=True)
class SettingPage:
    """A page; without groups it is more than a form."""

    path: str
    title: str
    intro: str
    icon: str
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class FormField:
    """A setting as a form shows it; ``fixed`` says where else it is set, so that the page cannot."""

    name: str
    shape: Shape
    text: Text
    value: Plain
    source: Source
    fixed: str
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def shown(self) -> str:
        """The value as an input has it; 5 for 5.0."""
        return shown(self.value)

    @property
    def back_to(self) -> str:
        """The default, where it can be told in a word."""
        return "" if self.shape.kind not in (SettingKind.INTEGER, SettingKind.NUMBER) else shown(self.shape.default)

    @property
    def step(self) -> str:
        """What a number may go up by: anything, as bounds that are not reached need it."""
        return "1" if self.shape.kind == "integer" else "any"


@dataclass(frozen=True, slots=True)
class FormGroup:
    """A group with its values."""

    group: Group
    fields: tuple[FormField, ...]
    more: tuple[FormField, ...]


_BOUNDS = (
    "min_size_px",
    "min_inside",
    "min_brightness",
    "max_brightness",
    "min_sharpness",
    "max_yaw_deg",
    "max_pitch_deg",
)


def _quality(section: str) -> tuple[str, ...]:
    return tuple(f"{section}.quality.{key}" for key in _BOUNDS)


PAGES = (
    SettingPage("doors", "Doors, cameras and locks", "Each door with its camera, lock, reader and display.", "door"),
    SettingPage(
        "visits", "At the door", "How long a door opens, what raises an alarm, who must wait.", "clock",
        (
            Group("Opening", ("door.open_s", "door.held_open_s", "door.claim_s"), ("door.pause_s",)),
            Group(
                "Recognising", ("door.agreeing_frames", "door.unknown_frames", "matching.fpir"),
                ("matching.fmr", "matching.margin", "door.freshness_s", "door.min_face_px", *_quality("door")),
                "What the error rates mean here is shown under Accuracy.",
            ),
            Group(
                "Those who are turned away", ("throttle.failures", "throttle.wait_s", "throttle.longest_wait_s"),
                ("throttle.failures_with_liveness",),
            ),
            Group("Camera and clock", ("door.stall_s", "door.freeze_s", "door.dark_s", "door.clock_s")),
        ),
    ),
    SettingPage(
        "site", "Site and greeting", "Name, time zone, language, and what those who enter are told.", "sound",
        (
            Group("The site", ("site.name", "site.time_zone", "site.language")),
            Group(
                "Greeting", ("greeting.text", "greeting.voice", "greeting.file"),
                ("greeting.wait_s", "greeting.again_s"),
            ),
        ),
    ),
    SettingPage(
        "enrolment", "Enrolment", "What is asked of a photo, fresh looks, invitations.", "face",
        (
            Group("Photos", ("enrolment.fresh_days", "web.invitation_hours", "web.undo_s")),
            Group("Quality of a photo", _quality("enrolment"), ("enrolment.min_face_px",)),
        ),
    ),
    SettingPage("privacy", "Privacy and retention", "What is kept of people, and for how long.", "shield",
        (
            Group("Consent", ("privacy.consent_text_version",)),
            Group("Pictures", ("enrolment.keep_photos", "privacy.keep_crops", "privacy.crop_days")),
            Group("People who no longer come", ("privacy.unused_days", "privacy.delete_unused")),
        ),
    ),
    SettingPage("mqtt", "MQTT and Home Assistant", "The broker that locks and Home Assistant are reached by.", "grid",
        (
            Group(
                "Broker", ("mqtt.host", "mqtt.port", "mqtt.username", "mqtt.password", "mqtt.tls"),
                (
                    "mqtt.password_file", "mqtt.ca_file", "mqtt.client_certificate_file", "mqtt.client_key_file",
                    "mqtt.topic",
                ),
            ),
            Group("Home Assistant", ("mqtt.home_assistant",), ("mqtt.discovery_topic",)),
            Group("Commands", ("mqtt.commands", "mqtt.command_code"), ("mqtt.command_code_file",)),
        ),
    ),
    SettingPage("webhooks", "Webhooks", "Other programs that are told of events, signed.", "hook"),
    SettingPage("backup", "Backup", "Everything in one encrypted file.", "archive"),
    SettingPage("audit", "Audit", "Whether the record is whole, and seals to keep elsewhere.", "check"),
    SettingPage("health", "Health", "What is wrong with this installation, and what to do.", "health"),
    SettingPage(
        "network", "Network and sign-in", "Where these pages are served, and how long a sign-in lasts.", "display",
        (
            Group(
                "Address", ("web.listen", "web.public_url"), ("web.hosts", "web.certificate_file", "web.key_file"),
                "What is changed here holds after Limen was started again.",
            ),
            Group("Sign-in", ("web.idle_minutes", "web.session_days")),
        ),
    ),
)  # fmt: skip

HEALTH_GROUP = Group("Metrics", ("status.listen",))

DOOR_GROUPS = (
    Group("The door", ("doors.level", "doors.zone", "doors.direction"), ("doors.purpose",)),
    Group("Camera", ("doors.camera",)),
    Group("Lock", ("doors.lock",)),
    Group(
        "Relay", ("doors.gpio.relay_pin", "doors.gpio.active_low", "doors.gpio.contact_pin", "doors.gpio.exit_pin"),
        ("doors.gpio.chip",), only="doors.lock=gpio",
    ),
    Group(
        "Lock over HTTP", ("doors.webhook.url", "doors.webhook.secret"),
        ("doors.webhook.secret_file", "doors.webhook.timeout_s", "doors.webhook.attempts", "doors.webhook.ca_file"),
        only="doors.lock=webhook",
    ),
    Group(
        "Lock over MQTT", ("doors.mqtt.secret",), ("doors.mqtt.secret_file", "doors.mqtt.timeout_s"),
        "The broker is set under MQTT and Home Assistant.", only="doors.lock=mqtt",
    ),
    Group("Reader", ("doors.reader.driver",)),
    Group("USB reader", ("doors.reader.device", "doors.reader.format"), only="doors.reader.driver=evdev"),
    Group(
        "Reader over HTTP", ("doors.reader.listen", "doors.reader.token"),
        ("doors.reader.format", "doors.reader.token_file"), only="doors.reader.driver=http",
    ),
    Group(
        "Only for this door", (), ("doors.fpir", "doors.fmr", "doors.anti_passback", "doors.passback_s"),
    ),
)  # fmt: skip


def page_named(path: str) -> SettingPage:
    """The page at ``/settings/path``."""
    return next(page for page in PAGES if page.path == path)


def form(desk: SettingsDesk, groups: tuple[Group, ...], door: str | None = None) -> list[FormGroup]:
    """The groups with their values; those of a door where one is named."""
    found = {key_of(one.shape.path): _field(one, desk) for one in all_described(desk, door)}
    return [
        FormGroup(group, tuple(found[key] for key in group.keys), tuple(found[key] for key in group.more))
        for group in groups
    ]


def all_described(desk: SettingsDesk, door: str | None = None) -> list[Described]:
    """Every setting in force: of a door, or without one of all else."""
    settings, layers = desk.settings, desk.layers
    told = [shape for name in section_names() for shape in shapes(name)] if door is None else door_shapes(door)
    return [described(shape, settings, layers) for shape in told]


def shown(value: Plain) -> str:
    """A value as an input has it: nothing for none, 5 for 5.0."""
    if isinstance(value, float) and not isinstance(value, bool):
        return f"{value:.10g}"
    return "" if value is None else str(value)


def _field(one: Described, desk: SettingsDesk) -> FormField:
    key = key_of(one.shape.path)
    # In a door's own form and in its API the door's name goes without saying.
    name = ".".join(one.shape.path[2:]) if one.shape.path[0] == "doors" else one.shape.name
    fixed = str(desk.layers.fixed(one.shape.path) or ("config.toml" if file_alone(one.shape.path) else ""))
    choices = tuple((value, CHOICES[key][value]) for value in one.shape.choices) if one.shape.choices else ()
    return FormField(name, one.shape, TEXTS[key], one.value, one.source, fixed, choices)
