"""A pytest plugin for CI (`-p tests.unskipped`): what was skipped was not shown, so the run has failed."""

import pytest

# The shared folder beside a checkout is no part of the repository: nobody is asked to have it.
EXCUSE = "../shared is absent"


class Unskipped:
    def __init__(self) -> None:
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail") and EXCUSE not in str(report.longrepr):
            self.skipped.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped and EXCUSE not in str(report.longrepr):
            self.skipped.append(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.skipped and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for name in self.skipped:
            terminalreporter.write_line(f"SKIPPED, which counts as failed here: {name}", red=True)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Unskipped())
