"""What each setting is called on the pages, what it does, and its unit: English, which the catalogues translate."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """The words of one setting."""

    label: str
    help: str = ""
    unit: str = ""


_QUALITY = {
    "min_size_px": Text("Smallest face", "Shorter side of the face's box.", "px"),
    "min_inside": Text(
        "Face within the picture", "The part of the face's box that must lie within the picture, 0 to 1."
    ),
    "min_brightness": Text("Darkest face", "Mean brightness, 0 to 255."),
    "max_brightness": Text("Brightest face", "Mean brightness, 0 to 255."),
    "min_sharpness": Text("Least sharpness", "Below it a face counts as blurred."),
    "max_yaw_deg": Text("Turned to the side", "How far the head may be turned left or right.", "°"),
    "max_pitch_deg": Text("Turned up or down", "How far the head may be turned up or down.", "°"),
}

TEXTS: dict[str, Text] = {
    "site.name": Text("Name of the site", "Shown at the top of the pages and in Home Assistant."),
    "site.time_zone": Text("Time zone", "Schedules, holidays and times on these pages are in it."),
    "site.language": Text("Language", "Of greetings, and of these pages where a browser asks for neither language."),
    "greeting.text": Text("Greeting", "{names} is where the names go. Empty: the words of the site's language."),
    "greeting.wait_s": Text(
        "Greet together", "Who enters within this time of another is greeted in the same sentence.", "s"
    ),
    "greeting.again_s": Text("Greet again after", "Nobody is greeted twice within this time.", "s"),
    "greeting.voice": Text("Voice", "What speaks at the machine itself; displays greet in writing in any case."),
    "greeting.file": Text("Sound file", "A WAV file on this machine that is played instead of a voice."),
    "door.open_s": Text("Lock opens for", "After this time it locks again by itself.", "s"),
    "door.held_open_s": Text("Held open", "A door that stands open for longer raises an alarm.", "s"),
    "door.claim_s": Text(
        "Card waits for the face", "How long a card or PIN waits for the face that belongs to it.", "s"
    ),
    "door.pause_s": Text(
        "Pause", "After a decision about a person, the next about the same person comes no sooner.", "s"
    ),
    "door.agreeing_frames": Text("Agreeing pictures", "So many in a row must show the same person."),
    "door.unknown_frames": Text("Pictures of a stranger", "After so many without a person the visitor is turned away."),
    "door.freshness_s": Text("Freshness", "A door never opens for a picture that is older.", "s"),
    "door.min_face_px": Text("Smallest face that matters", "Smaller faces are people passing by.", "px"),
    "door.freeze_s": Text("Frozen picture", "A picture that stays exactly the same for so long raises an alarm.", "s"),
    "door.stall_s": Text("Camera silent", "A camera that delivers nothing for so long counts as offline.", "s"),
    "door.dark_s": Text("Camera covered", "A camera that shows one colour alone for so long counts as covered.", "s"),
    "door.clock_s": Text("Clock jumps", "A clock that jumps by more is not believed, and nobody is let in.", "s"),
    **{f"door.quality.{key}": text for key, text in _QUALITY.items()},
    "throttle.failures": Text("Denials in a row", "After so many, faces and PINs must wait."),
    "throttle.failures_with_liveness": Text(
        "Denials in a row, with liveness", "The same at doors that check liveness."
    ),
    "throttle.wait_s": Text("First wait", "Each further denial doubles it.", "s"),
    "throttle.longest_wait_s": Text("Longest wait", "No wait is longer.", "s"),
    "matching.fpir": Text(
        "Stranger taken for somebody", "Of a stranger who stands before the door: 0.02 is 2 in 100.", "share"
    ),
    "matching.fmr": Text(
        "Face taken for a card's owner", "Of one comparison, as with a card: 0.002 is 2 in 1,000.", "share"
    ),
    "matching.margin": Text(
        "Margin to the second", "How much more alike the best person must be: closer is ambiguous."
    ),
    "enrolment.min_face_px": Text("Smallest face that is looked for", "In a photo or a camera's picture.", "px"),
    "enrolment.fresh_days": Text("Ask for a fresh look", "After so long without a new photo.", "days"),
    "enrolment.keep_photos": Text(
        "Keep the photos people are enrolled from", "Encrypted; needed to change the model later."
    ),
    **{f"enrolment.quality.{key}": text for key, text in _QUALITY.items()},
    "mqtt.host": Text("Broker", "Name or address; empty: none."),
    "mqtt.port": Text("Port", "1883 without encryption, 8883 with it."),
    "mqtt.username": Text("User name"),
    "mqtt.password": Text("Password"),
    "mqtt.password_file": Text("File that holds the password", "On this machine, readable for its owner alone."),
    "mqtt.tls": Text("Encrypted connection"),
    "mqtt.ca_file": Text("Certificate authority", "A file on this machine; empty: the machine's own."),
    "mqtt.client_certificate_file": Text("This machine's certificate", "A file on this machine."),
    "mqtt.client_key_file": Text("Key of that certificate", "A file on this machine."),
    "mqtt.topic": Text("Topic", "All topics begin with it."),
    "mqtt.home_assistant": Text("Home Assistant", "Doors announce themselves there."),
    "mqtt.discovery_topic": Text("Discovery topic", "Where they do."),
    "mqtt.commands": Text("Messages may open doors", "Each must carry the code below."),
    "mqtt.command_code": Text("Code for messages", "At least 6 characters."),
    "mqtt.command_code_file": Text("File that holds the code", "On this machine, readable for its owner alone."),
    "privacy.consent_text_version": Text(
        "Consent text", "Its version, as 2026-01. With one set, nobody is enrolled without consent."
    ),
    "privacy.keep_crops": Text("Keep the face that a decision was about", "Encrypted, shown with the event."),
    "privacy.crop_days": Text("Delete it after", "", "days"),
    "privacy.unused_days": Text("Unused after", "Who was let in nowhere for so long.", "days"),
    "privacy.delete_unused": Text("Delete unused people by themselves", "With all their data. It cannot be undone."),
    "status.listen": Text(
        "Metrics address", "Health and metrics of the doors for Prometheus, as 127.0.0.1:9464. Empty: nowhere."
    ),
    "web.listen": Text("Address and port", "Where these pages are served; 0.0.0.0 is every address of the machine."),
    "web.public_url": Text(
        "Address for phones and displays", "As https://limen.lan:8300. Empty: as your browser has it."
    ),
    "web.hosts": Text("Further names", "That browsers may ask for, one a line."),
    "web.certificate_file": Text(
        "Certificate", "A file on this machine. limen tls init makes one, and it is found without being set."
    ),
    "web.key_file": Text("Key of the certificate", "A file on this machine."),
    "web.idle_minutes": Text("Sign out after", "Without any use.", "min"),
    "web.session_days": Text("Sign in again after", "In any case.", "days"),
    "web.undo_s": Text("Deleting can be undone for", "Then a person is erased.", "s"),
    "web.invitation_hours": Text("Invitations hold for", "A link to enrol oneself.", "h"),
    "models.detection": Text("Finds faces"),
    "models.embedding": Text("Tells faces apart"),
    "models.mirrored": Text(
        "Average in the mirrored face", "More accurate, twice the work. Everybody must be enrolled again."
    ),
    "models.threads": Text("Threads of each network"),
    "models.catalogues": Text("Further catalogues"),
    "liveness.passive": Text("Passive liveness check"),
    "liveness.challenge": Text("Challenge"),
    "liveness.simulated_says": Text("What the simulated checks say"),
    "doors.camera": Text("Camera", "A USB camera's number, an rtsp:// address, or the display's own camera."),
    "doors.lock": Text("How it is moved"),
    "doors.level": Text("What it takes to come in"),
    "doors.zone": Text("Zone", "What the door leads into; rules may speak of it."),
    "doors.purpose": Text("Purpose", "Why faces are looked at here: for the notice at the door."),
    "doors.direction": Text("Direction", "Whether those who pass come into the zone or leave it."),
    "doors.anti_passback": Text("Anti-passback", "Who is in the zone must leave it before they may come in again."),
    "doors.passback_s": Text("Forgotten after", "Then somebody counts as outside again.", "s"),
    "doors.fmr": Text("Face taken for a card's owner", "This door's own; empty: as everywhere.", "share"),
    "doors.fpir": Text("Stranger taken for somebody", "This door's own; empty: as everywhere.", "share"),
    "doors.simulator_log": Text("Log of the simulated lock", "A file in which it writes a line for each movement."),
    "doors.gpio.relay_pin": Text("Relay", "BCM number of its pin."),
    "doors.gpio.active_low": Text("The relay pulls where the pin is low", "As most relay boards do."),
    "doors.gpio.contact_pin": Text(
        "Door contact", "BCM number; closed to ground while the door is closed. Empty: none."
    ),
    "doors.gpio.exit_pin": Text("Exit button", "BCM number; closed to ground while it is pressed. Empty: none."),
    "doors.gpio.chip": Text("GPIO chip", "The number of /dev/gpiochip."),
    "doors.webhook.url": Text("Address of the lock", "As https://lock.lan/door."),
    "doors.webhook.secret": Text("Secret", "Requests are signed with it; at least 16 characters."),
    "doors.webhook.secret_file": Text("File that holds the secret", "On this machine, readable for its owner alone."),
    "doors.webhook.timeout_s": Text("Time for an answer", "", "s"),
    "doors.webhook.attempts": Text("Tries"),
    "doors.webhook.ca_file": Text("Certificate authority", "A file on this machine; empty: the machine's own."),
    "doors.mqtt.secret": Text("Key shared with the lock", "At least 32 characters: openssl rand -hex 32."),
    "doors.mqtt.secret_file": Text("File that holds the key", "On this machine, readable for its owner alone."),
    "doors.mqtt.timeout_s": Text("Time to confirm", "", "s"),
    "doors.reader.driver": Text("Reader of cards and PINs"),
    "doors.reader.device": Text("Input device", "As /dev/input/by-id/usb-…-kbd."),
    "doors.reader.format": Text("What the reader writes"),
    "doors.reader.listen": Text("Listens at", "Address and port."),
    "doors.reader.token": Text("Token of the reader", "At least 16 characters."),
    "doors.reader.token_file": Text("File that holds the token", "On this machine, readable for its owner alone."),
}

CHOICES: dict[str, dict[str, str]] = {
    "doors.lock": {
        "simulator": "Simulated (nothing moves)",
        "gpio": "Relay on this machine's pins (GPIO)",
        "mqtt": "Lock over MQTT",
        "webhook": "Lock over HTTP",
    },
    "doors.level": {
        "face": "Face: quick, a photo may pass for it",
        "convenience": "Convenience: face with a passive liveness check",
        "standard": "Standard: face with liveness and a challenge",
        "secure": "Secure: card or PIN, and the face that belongs to it",
        "card": "Card: card or PIN alone",
    },
    "doors.direction": {"in": "In", "out": "Out"},
    "doors.reader.driver": {
        "none": "None, or the display's PIN pad",
        "stdin": "Typed at the program",
        "evdev": "USB reader that types (evdev)",
        "http": "Reader over HTTP",
    },
    "doors.reader.format": {"auto": "Automatic", "hex": "Hexadecimal", "decimal": "Decimal", "wiegand26": "Wiegand 26"},
    "greeting.voice": {
        "auto": "Automatic", "espeak-ng": "espeak-ng", "say": "say (macOS)", "file": "A sound file", "none": "None",
    },
    "liveness.passive": {"none": "None", "simulated": "Simulated"},
    "liveness.challenge": {"none": "None", "simulated": "Simulated"},
    "liveness.simulated_says": {"live": "Alive", "spoof": "Spoof", "unsure": "Unsure"},
}  # fmt: skip


def key_of(path: tuple[str, ...]) -> str:
    """The key of a setting's texts: that of a door's is the same for all doors."""
    return ".".join(("doors", *path[2:]) if path[0] == "doors" else path)
