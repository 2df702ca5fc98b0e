"""The example for Alertmanager: every route leads to a receiver, every inhibition to an alert."""

import re

import yaml

from tests.deploy.conftest import DEPLOY, alerts


def config() -> dict:
    """The example."""
    return yaml.safe_load((DEPLOY / "alertmanager" / "alertmanager.yml").read_text())


def test_every_route_leads_to_a_receiver_that_is_used():
    receivers = {receiver["name"]: receiver for receiver in config()["receivers"]}
    route = config()["route"]
    used = {route["receiver"], *(each["receiver"] for each in route["routes"])}
    assert used == receivers.keys()
    assert receivers["webhook"]["webhook_configs"][0]["url"].startswith("http://localhost:")
    assert receivers["mail"]["email_configs"][0]["to"].endswith("@example.org")


def test_a_critical_alert_goes_to_the_mailbox_and_to_the_webhook():
    first, second = config()["route"]["routes"]
    assert (first["receiver"], first["continue"]) == ("mail", True)
    assert first["matchers"] == ['severity = "critical"']
    assert second == {"receiver": "webhook"}


def test_what_keeps_others_quiet_is_an_alert():
    named = re.findall(r"'alertname = \"(\w+)\"'", str(config()["inhibit_rules"]))
    assert named
    assert set(named) <= {alert["alert"] for alert in alerts()}
