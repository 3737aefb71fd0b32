"""Answers for brainglobe-atlasapi, of either generation; no question reaches the network."""

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


def wrap_up(**options):
    """Package an atlas; nothing is answered."""
    from brainglobe_atlasapi.atlas_generation.wrapup import wrapup_atlas_from_data

    wrapup_atlas_from_data(**options)


serve({"Atlas": Atlas, "BrainGlobeAtlas": BrainGlobeAtlas, "hosts": HOSTS, "wrap_up": wrap_up})
