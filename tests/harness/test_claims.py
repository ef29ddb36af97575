"""Evidence: a folder backs its claim as long as nothing in it was touched, and no longer."""

import argparse
import json
import os

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.harness.making import bodies, probe
from tests.harness.running import FACTS

from lakehouse_parity import cli, recording
from lakehouse_parity.claims import bundle
from lakehouse_parity.claims.verify import verify
from lakehouse_parity.commands import driving
from lakehouse_parity.errors import Mistake
from lakehouse_parity.events import Finished, Judged, Started
from lakehouse_parity.judging import judge
from lakehouse_parity.reports import json_report
from lakehouse_parity.reports.summary import Summary

KNOWN = "known: []\n"
OBSERVED = {
    "chat/one": bodies('{"a":1}', '{"a":1}', '{"a":1}'),
    "chat/two": bodies('{"a":1}', '{"a":2}', '{"a":1}'),
}


def recorded(folder):
    """A run of two probes, one of them a drift of go, as it leaves its files."""
    folder.mkdir()
    summary = Summary()
    judged = [Judged(judge(probe(id_), seen, []), seen) for id_, seen in OBSERVED.items()]
    with (folder / "recording.jsonl").open("w") as file:
        recorder = recording.Recorder(file)
        for event in (Started("2027-01-31T00:00:00+00:00", FACTS, 2), *judged, Finished(7)):
            recorder(event)
            summary(event)
    (folder / "report.json").write_text(json_report.render(summary))
    for name in ("junit.xml", "report.html"):
        (folder / name).write_text(name)
    return summary


@pytest.fixture
def evidence(tmp_path):
    probes = tmp_path / "probes"
    (probes / "chat").mkdir(parents=True)
    (probes / "chat" / "some.yaml").write_text("probes: []\n")
    secret = tmp_path / "parity.yaml"
    secret.write_text("secret_key: hush")
    summary = recorded(tmp_path / "latest")
    inputs = bundle.Inputs(probes, KNOWN, {"configuration": secret, "roster": tmp_path / "none.parquet"})
    bundle.prepare(tmp_path / "evidence")
    bundle.write(tmp_path / "evidence", summary, tmp_path / "latest", inputs)
    return tmp_path / "evidence"


def manifest(folder):
    return json.loads((folder / "manifest.json").read_text())


def forge(folder, name, old, new):
    """Change a file and its digest too, as somebody would who knows the format."""
    path = folder / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    found = manifest(folder)
    if name != "manifest.json":
        found["files"][name] = bundle.digest(path)
        (folder / "manifest.json").write_text(json.dumps(found))


def test_the_claim_names_who_was_asked_and_how_much_held(evidence):
    found = manifest(evidence)["claim"]
    assert found["sentence"] == (
        "Against rust gateway 1.2.3 at http://127.0.0.1:3100 (live) and go validatord at "
        "http://127.0.0.1:4110 (bundled): the runtimes do not behave the same: chat 1/2."
    )
    assert (found["verdict"], found["suites"]["chat"]["held"]) == ("divergence", 1)


def test_what_nobody_touched_stands(evidence):
    checked = verify(evidence)
    assert (checked.complaints, checked.probes, checked.files) == ([], 2, 7)


def test_of_the_configuration_only_the_digest_is_kept(evidence):
    assert set(manifest(evidence)["inputs"]) == {"configuration"}
    assert not any(b"hush" in path.read_bytes() for path in evidence.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", ["report.json", "recording.jsonl", "inputs/known.yaml", "environment.json"])
def test_a_file_that_was_changed_is_named(evidence, name):
    with (evidence / name).open("a") as file:
        file.write(" ")
    assert verify(evidence).complaints == [f"{name} has changed since the manifest was written"]


def test_a_file_that_was_taken_away_or_put_there_is_named(evidence):
    (evidence / "junit.xml").rename(evidence / "other.xml")
    assert verify(evidence).complaints == [
        "other.xml is in the folder and not in the manifest",
        "junit.xml is missing",
    ]


def test_nothing_outside_the_folder_is_read(evidence, tmp_path):
    (tmp_path / "outside").write_text("x")
    found = manifest(evidence)
    found["files"]["../outside"] = bundle.digest(tmp_path / "outside")
    (evidence / "manifest.json").write_text(json.dumps(found))
    assert verify(evidence).complaints == ["../outside leads out of the folder"]


def test_a_link_in_place_of_a_file_is_named(evidence):
    (evidence / "junit.xml").rename(evidence.parent / "junit.xml")
    (evidence / "junit.xml").symlink_to(evidence.parent / "junit.xml")
    assert verify(evidence).complaints == ["junit.xml leads out of the folder"]


def test_a_fifo_in_place_of_a_file_is_named_and_not_waited_for(evidence):
    (evidence / "junit.xml").unlink()
    os.mkfifo(evidence / "junit.xml")
    assert verify(evidence).complaints == ["junit.xml is no file"]


@pytest.mark.parametrize(
    ("place", "message"), [(os.mkfifo, "is a FIFO, which would be waited for"), (os.mkdir, "is a directory")]
)
def test_what_stands_in_the_place_of_the_manifest_is_told_and_not_read(tmp_path, place, message):
    place(tmp_path / "manifest.json")
    with pytest.raises(Mistake, match=message):
        verify(tmp_path)


def test_a_report_that_was_made_better_is_not_what_the_recording_gives(evidence):
    forge(evidence, "report.json", '"go_drift"', '"parity"')
    assert verify(evidence).complaints == ["chat/two is parity in the report and go_drift by the recording"]


def test_a_claim_that_was_made_better_does_not_stand(evidence):
    forge(evidence, "manifest.json", "chat 1/2", "chat 2/2")
    [complaint] = verify(evidence).complaints
    assert complaint.startswith("judged again, the recording says: Against rust")


def test_an_observation_that_was_made_better_does_not_fit_its_report(evidence):
    forge(evidence, "recording.jsonl", r"{\"a\":2}", r"{\"a\":1}")
    assert verify(evidence).complaints[0] == "chat/two is go_drift in the report and parity by the recording"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read: No such file or directory"),
        ("nonsense", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "is no manifest of"),
        ('{"schema": "lakehouse-parity/evidence/v2"}', "is no manifest of lakehouse-parity/evidence/v1"),
        ('{"schema": "lakehouse-parity/evidence/v1"}', "has no 'claim'"),
        ('{"schema": "lakehouse-parity/evidence/v1", "claim": {}}', "has no 'files'"),
    ],
)
def test_a_folder_that_is_no_evidence_is_a_mistake(tmp_path, text, message):
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(Mistake, match=message):
        verify(tmp_path)


def test_a_folder_with_something_in_it_is_not_written_to(evidence):
    with pytest.raises(Mistake, match="is there already: name a folder that is new or empty"):
        bundle.prepare(evidence)


@pytest.fixture
def keys(tmp_path):
    private = Ed25519PrivateKey.generate()
    return written(tmp_path, "one", private)


def written(folder, name, private):
    secret, public = folder / f"{name}.pem", folder / f"{name}.pub"
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    secret.write_bytes(private.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    public.write_bytes(
        private.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return str(secret), str(public)


def test_a_signature_holds_for_its_key_and_its_manifest_alone(evidence, keys, tmp_path, capsys):
    secret, public = keys
    _, other = written(tmp_path, "other", Ed25519PrivateKey.generate())
    folder = str(evidence)
    assert cli.main(["evidence", "verify", folder]) == 0
    assert "signature" not in capsys.readouterr().out
    assert cli.main(["evidence", "sign", folder, "--key", secret]) == 0
    assert cli.main(["evidence", "verify", folder, "--public-key", public]) == 0
    assert "THE CLAIM STANDS" in capsys.readouterr().out
    assert cli.main(["evidence", "verify", folder]) == 0
    assert "there is a signature, which was not checked" in capsys.readouterr().out
    assert cli.main(["evidence", "verify", folder, "--public-key", other]) == 1
    assert "is not signed by the key of" in capsys.readouterr().out
    forge(evidence, "manifest.json", "(live)", "(LIVE)")
    assert cli.main(["evidence", "verify", folder, "--public-key", public]) == 1


def test_a_missing_signature_or_a_key_of_another_kind_is_said(evidence, keys, tmp_path, capsys):
    secret, public = keys
    elliptic, elliptic_public = written(tmp_path, "curve", generate_private_key(SECP256R1()))
    for arguments, message in (
        (["verify", "--public-key", public], "manifest.sig: cannot be read"),
        (["verify", "--public-key", elliptic_public], "is not an Ed25519 key"),
        (["verify", "--public-key", secret], "is no public key in PEM"),
        (["sign", "--key", elliptic], "openssl genpkey -algorithm ed25519"),
        (["sign", "--key", public], "is no private key in PEM"),
        (["sign"], "sign needs --key FILE"),
    ):
        action, *rest = arguments
        assert cli.main(["evidence", action, str(evidence), *rest]) == 2
        assert message in capsys.readouterr().err


def test_evidence_that_cannot_be_kept_is_said_beside_the_verdict(tmp_path):
    summary = recorded(tmp_path / "latest")
    (tmp_path / "latest" / "junit.xml").unlink()
    wanted = {"evidence": tmp_path / "kept", "out": tmp_path / "latest", "probes": tmp_path, "bundled": True}
    options = argparse.Namespace(**wanted, known=None, known_from=None)
    bundle.prepare(options.evidence)
    [sentence] = driving.keep_evidence(summary, options)
    assert sentence.startswith(
        f"the evidence cannot be written to {options.evidence}: No such file or directory"
    )
