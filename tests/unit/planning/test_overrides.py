from __future__ import annotations

import json

import pytest

from daemonctl.planning.overrides import MissingValueError, render
from tests.unit.planning.scenery import attributes, instance

WHERE = instance(
    private_ip="10.0.0.7", attributes=attributes(ecs__instance_type="m5.large", rack='r"1')
)


def filled(text: str) -> str:
    out = render(json.dumps({"taskRoleArn": text}), WHERE, "web")
    found = json.loads(out)["taskRoleArn"]
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("{{ec2InstanceId}}", "i-00000000000000001"),
        ("{{privateIp}}", "10.0.0.7"),
        ("{{availabilityZone}}", "eu-west-1a"),
        ("{{instanceType}}", "m5.large"),
        ("{{containerInstanceId}}", f"{1:032x}"),
        ("{{cluster}}", "web"),
        ("{{attribute:rack}}", 'r"1'),
        ("{{ cluster }}", "web"),
        ("-node={{cluster}}-{{ec2InstanceId}}", "-node=web-i-00000000000000001"),
    ],
)
def test_every_documented_place_is_filled_in_per_instance(place: str, value: str) -> None:
    assert filled(place) == value


@pytest.mark.parametrize("text", ["{{other}}", "{{ GetInterfaceIP `eth0` }}", "{{", "{cluster}"])
def test_any_other_braces_pass_as_they_are(text: str) -> None:
    assert filled(text) == text


@pytest.mark.parametrize("name", ["attribute:absent", "privateIp", "instanceType"])
def test_a_value_that_the_instance_lacks_is_named(name: str) -> None:
    with pytest.raises(MissingValueError, match=f"^{name}$"):
        render(json.dumps(["{{" + name + "}}"]), instance(), "web")


def test_a_value_never_changes_the_shape_of_the_overrides() -> None:
    nasty = instance(attributes=attributes(rack='","command":["sh"],"x":"'))
    out = render(
        '{"containerOverrides":[{"name":"a","command":["{{attribute:rack}}"]}]}', nasty, "w"
    )
    assert json.loads(out)["containerOverrides"] == [
        {"name": "a", "command": ['","command":["sh"],"x":"']}
    ]


def test_places_in_lists_are_filled_in_as_well() -> None:
    text = '{"containerOverrides":[{"command":["{{cluster}}"],"name":"a"}]}'
    assert render(text, WHERE, "web") == text.replace("{{cluster}}", "web")


def test_numbers_and_truths_pass_and_the_text_is_normalised() -> None:
    text = '{"memory":"512", "cpu": 10, "x": true, "containerOverrides": []}'
    assert render(text, WHERE, "web") == '{"cpu":10,"memory":"512","x":true}'


def test_no_template_is_no_overrides() -> None:
    assert render("", WHERE, "web") == ""
