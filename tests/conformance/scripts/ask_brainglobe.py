"""Answers for brainglobe-atlasapi; no question reaches the network."""

import socket

HOSTS = []


def refuse(host, *args, **options):
    """Note the host that was to be reached, and refuse."""
    HOSTS.append(host)
    raise OSError("no network here")


socket.getaddrinfo = refuse

from brainglobe_atlasapi import BrainGlobeAtlas  # noqa: E402
from brainglobe_atlasapi.core import Atlas  # noqa: E402
from wire import serve  # noqa: E402

serve({"Atlas": Atlas, "BrainGlobeAtlas": BrainGlobeAtlas, "hosts": HOSTS})
