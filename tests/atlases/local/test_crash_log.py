"""Log files of unexpected errors."""

from napari_atlas_explorer.atlases.local.crash_log import MOST_LOGS, crash_details, write_crash_log


def test_old_logs_are_deleted(tmp_path):
    for _ in range(MOST_LOGS + 5):
        write_crash_log(crash_details(ValueError("x"), "window"))
    assert len(list((tmp_path / "cache" / "logs").glob("*"))) == MOST_LOGS
