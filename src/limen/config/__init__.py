"""Settings: one typed, frozen tree.

Command line over environment (``LIMEN_`` and ``__`` for nesting) over ``config.toml`` over the defaults. Unknown keys
are refused, secrets are masked and have no default, and ``…_file`` beside a secret names a file that holds it.
"""

from limen.config.doors import DoorConfig, GpioSettings, MqttLockSettings, ReaderSettings, WebhookSettings
from limen.config.load import CONFIG_FILE, Settings, default_data_dir, load_settings
from limen.config.secret import secret_text
from limen.config.sections import (
    DoorSettings,
    EnrolmentSettings,
    GreetingSettings,
    LivenessSettings,
    MatchingSettings,
    ModelSettings,
    MqttSettings,
    PrivacySettings,
    QualityBounds,
    SiteSettings,
    StatusSettings,
    ThrottleSettings,
    WebSettings,
)

__all__ = [
    "CONFIG_FILE",
    "DoorConfig",
    "DoorSettings",
    "EnrolmentSettings",
    "GpioSettings",
    "GreetingSettings",
    "LivenessSettings",
    "MatchingSettings",
    "ModelSettings",
    "MqttLockSettings",
    "MqttSettings",
    "PrivacySettings",
    "QualityBounds",
    "ReaderSettings",
    "Settings",
    "SiteSettings",
    "StatusSettings",
    "ThrottleSettings",
    "WebSettings",
    "WebhookSettings",
    "default_data_dir",
    "load_settings",
    "secret_text",
]
