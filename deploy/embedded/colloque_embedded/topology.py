"""The house on one screen: its rooms, and who builds each."""

from __future__ import annotations

import colloque_notifications.room
import colloque_registration.room
import colloque_scheduling.room
import colloque_traces.room

ROOMS = {
    "registration": colloque_registration.room.build,
    "scheduling": colloque_scheduling.room.build,
    "notifications": colloque_notifications.room.build,
    "traces": colloque_traces.room.build,
}
