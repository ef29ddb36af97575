"""`parity.yaml`: what it may say, and the file, line and key of every mistake."""

import pytest

from lakehouse_parity import config
from lakehouse_parity.config import Address
from lakehouse_parity.errors import Mistake
from lakehouse_spec.dialects import Dialect

FULL = """\
runtimes:
  rust: {url: "http://127.0.0.1:3100", daemon: gateway, json: serde_json, extract_json: {command: [x, --l]}}
  go: {url: "http://[::1]:4110/", daemon: validatord, json: encoding/json}
session_log: /tmp/sessions.jsonl
roster: workers.parquet
model: {listen: "127.0.0.1:3199", ollama_provider: local}
langfuse: {listen: "127.0.0.1:3198", public_key: pk, secret_key: sk}
"""
LEAST = "\n".join(FULL.splitlines()[:3]).replace(", extract_json: {command: [x, --l]}", "") + "\nroster: r\n"


@pytest.fixture
def load(tmp_path):
    def load(text):
        path = tmp_path / "parity.yaml"
        path.write_text(text)
        return config.load(path)

    return load


def test_everything_that_can_be_said_is_read(load):
    found = load(FULL)
    rust, go = found.runtimes["rust"], found.runtimes["go"]
    assert (rust.name, rust.url, rust.daemon, rust.dialect) == (
        "rust",
        "http://127.0.0.1:3100",
        "gateway",
        Dialect.SERDE_JSON,
    )
    assert (rust.adapter, go.adapter) == (("x", "--l"), ())
    assert (go.url, go.daemon, go.dialect) == ("http://[::1]:4110", "validatord", Dialect.ENCODING_JSON)
    assert (rust.place.line, go.place.line) == (2, 3)
    assert (str(found.session_log), str(found.roster)) == ("/tmp/sessions.jsonl", "workers.parquet")
    assert (str(found.model), found.provider, found.ollama_provider) == (
        "127.0.0.1:3199",
        "parity",
        "local",
    )
    assert (str(found.langfuse.listen), found.langfuse.public_key, found.langfuse.secret_key) == (
        "127.0.0.1:3198",
        "pk",
        "sk",
    )


def test_the_projects_own_file_can_be_read():
    found = config.load(config.Path(__file__).parents[2] / "parity.yaml")
    assert [runtime.url for runtime in found.runtimes.values()] == [
        "http://127.0.0.1:3100",
        "http://127.0.0.1:4110",
    ]


def test_what_is_not_configured_is_not_wired(load):
    assert load(LEAST).capabilities == frozenset()


@pytest.mark.parametrize(
    ("more", "capabilities"),
    [
        ("model: {listen: 'h:1'}", {"model"}),
        ("model: {listen: 'h:1', ollama_provider: o}", {"model", "ollama"}),
        ("session_log: x", {"session_log"}),
        ("langfuse: {listen: 'h:1', public_key: a, secret_key: b}", {"langfuse"}),
    ],
)
def test_each_section_wires_its_capability(load, more, capabilities):
    assert load(LEAST + more).capabilities == capabilities


def test_adapters_are_wired_where_both_runtimes_have_one(load):
    assert "adapters" not in load(FULL).capabilities
    both = FULL.replace("json: encoding/json}", "json: encoding/json, extract_json: {command: [y]}}")
    assert load(both).capabilities == frozenset(config.CAPABILITIES) - {"own_log"}


def test_the_provider_has_another_name_if_the_file_says_so(load):
    assert load(LEAST + "model: {listen: 'h:1', provider: scripted}").provider == "scripted"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('url: "http://127.0.0.1:3100"', 'url: "http://me:${PARITY_SECRET}@127.0.0.1:3100"'),
        ('model: {listen: "127.0.0.1:3199"', 'model: {listen: "${PARITY_SECRET}"'),
    ],
)
def test_a_mistake_names_a_variable_and_never_its_value(load, monkeypatch, old, new):
    monkeypatch.setenv("PARITY_SECRET", "hunter2")
    with pytest.raises(Mistake) as raised:
        load(FULL.replace(old, new))
    assert "${PARITY_SECRET}" in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_variables_of_the_environment_expand_in_values(load, monkeypatch):
    monkeypatch.setenv("PARITY_PORT", "3101")
    monkeypatch.setenv("PARITY_TAG", "gateway-2")
    found = load(FULL.replace("3100", "${PARITY_PORT}").replace("daemon: gateway", "daemon: '${PARITY_TAG}'"))
    assert (found.runtimes["rust"].url, found.runtimes["rust"].daemon) == (
        "http://127.0.0.1:3101",
        "gateway-2",
    )


def test_a_dollar_without_braces_is_a_dollar(load):
    assert str(load(LEAST + "session_log: $HOME/x").session_log) == "$HOME/x"


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("daemon: gateway", "demon: gateway", 2, "has no 'daemon'"),
        (
            "daemon: gateway",
            "daemon: gateway, colour: red",
            2,
            "unknown key 'colour' in the configuration.runtimes.rust",
        ),
        (
            "daemon: gateway",
            "daemon: 7",
            2,
            "'daemon' of the configuration.runtimes.rust has to be text, not 7",
        ),
        ("daemon: gateway", "daemon: validatord", 2, "the runtimes have one 'daemon' tag"),
        (
            "json: serde_json",
            "json: simdjson",
            2,
            "unknown JSON dialect 'simdjson': serde_json or encoding/json",
        ),
        ("http://127.0.0.1:3100", "https://127.0.0.1:3100", 2, "'url' has to be an address such as"),
        ("http://127.0.0.1:3100", "127.0.0.1:3100", 2, "'url' has to be an address such as"),
        ("http://127.0.0.1:3100", "http://127.0.0.1:99999", 2, "'url' has to be an address such as"),
        ("http://127.0.0.1:3100", "http://127.0.0.1:x", 2, "'url' has to be an address such as"),
        ("http://127.0.0.1:3100", "http://127.0.0.1:3100/base", 2, "'url' has to be an address such as"),
        ("http://127.0.0.1:3100", "http://", 2, "'url' has to be an address such as"),
        ("[x, --l]", "[]", 2, "extract_json needs a 'command': a list of words"),
        (
            "[x, --l]",
            "x",
            2,
            "'command' of the configuration.runtimes.rust.extract_json has to be a list",
        ),
        ("[x, --l]", "[x, 7]", 2, "a word of a command has to be text: put it in quotes"),
        ("  go: ", "  golang: ", 2, "runtimes has no 'go': the seats are rust and go"),
        ("runtimes:", "daemons:", 1, "the configuration has no 'runtimes'"),
        ("roster: workers.parquet\n", "", 1, "the configuration has no 'roster'"),
        (
            "roster: workers.parquet",
            "roster: [x]",
            5,
            "'roster' of the configuration has to be text, not a list",
        ),
        ("session_log:", "sessionlog:", 4, "unknown key 'sessionlog' in the configuration"),
        ("127.0.0.1:3199", "3199", 6, "'listen' has to be HOST:PORT, not '3199'"),
        ("127.0.0.1:3199", "127.0.0.1:65536", 6, "'listen' has to be HOST:PORT, not '127.0.0.1:65536'"),
        ("127.0.0.1:3199", "127.0.0.1:²", 6, "'listen' has to be HOST:PORT, not '127.0.0.1:²'"),
        ("127.0.0.1:3199", "127.0.0.1:", 6, "'listen' has to be HOST:PORT, not '127.0.0.1:'"),
        ("public_key: pk, ", "", 7, "the configuration.langfuse has no 'public_key'"),
        (
            "workers.parquet",
            "${NO_SUCH_VARIABLE}",
            5,
            "the environment has no NO_SUCH_VARIABLE, which 'roster' needs",
        ),
        (
            "roster: workers.parquet",
            "roster: a\nroster: b",
            6,
            "key 'roster' stands here twice, first in line 5",
        ),
    ],
)
def test_a_mistake_names_file_line_and_key(load, old, new, line, message):
    assert old in FULL
    with pytest.raises(Mistake) as raised:
        load(FULL.replace(old, new, 1))
    assert message in str(raised.value)
    assert raised.value.place.file.endswith("parity.yaml")
    assert raised.value.place.line == line
    assert raised.value.exit_code == 2


def test_an_empty_and_a_missing_file_are_mistakes(load, tmp_path):
    with pytest.raises(Mistake, match="is empty; it needs at least `runtimes` and `roster`"):
        load("")
    with pytest.raises(Mistake, match="cannot be read: No such file"):
        config.load(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("address", "text"),
    [(Address("h", 1), "h:1"), (Address("::1", 80), "[::1]:80"), (Address("1.2.3.4", 0), "1.2.3.4:0")],
)
def test_an_address_is_written_as_a_url_has_it(address, text):
    assert str(address) == text


def test_an_ipv6_address_to_listen_on_loses_its_brackets(load):
    assert load(LEAST + "model: {listen: '[::1]:3199'}").model.host == "::1"
