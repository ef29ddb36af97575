"""Chapters SE and SP: the session log and the spans, what a call leaves behind."""

from lakehouse_spec.clauses.model import Chapter, chosen, source, unsettled

SESSIONS = Chapter(
    "SE",
    "The session log",
    """
A JSON-Lines file that both daemons append to. A *row* is one line. In the comparison of rows null
and absent are alike; which form a daemon writes is reported.
""",
    (
        source(
            "SE-1",
            "With a session log configured (`[gateway].session_log_path`) every `/v1/iterate` call that got past the parsing of its request appends exactly one row, whatever its end: accepted, exhausted or failed.",
        ),
        source(
            "SE-2",
            "Without one configured there is no log, and the answers are the same.",
            unobserved="a run sees one configuration; the tests of the bundled daemons start one without a log",
        ),
        source(
            "SE-3",
            "Rows are told apart by `daemon`: `gateway` for Rust, `validatord` for Go.",
            governs=("session_row $.daemon",),
        ),
        source(
            "SE-4",
            "Concurrent appends, of one process or of several, never tear or interleave a line; a line ends in one line feed and holds no other.",
        ),
        unsettled(
            "SE-5",
            "The row is in the log before the answer is sent.",
            "So in the gateway; for the Go stack a row is awaited with a deadline.",
            unobserved="the order of two effects in two places; rows are awaited for both",
        ),
        source(
            "SE-6",
            "A row is an object with the members `schema`, `session_id`, `timestamp`, `daemon`, `kind`, `model`, `provider`, `prompt`, `iterations`, `max_iterations`, `final_verdict`, `attempts`, `artifact`, `grounded_in_roster`, `duration_ms` and no others.",
        ),
        source(
            "SE-7",
            "`session_id` is the trace id; `kind`, `model` and `provider` are the request's; `max_iterations` is the effective maximum.",
        ),
        source("SE-8", "`prompt` is the request's own prompt, never one with feedback, cut to 4000."),
        chosen(
            "SE-9", "The cut of `prompt` counts Unicode scalar values.", "As everywhere else in the contract."
        ),
        source(
            "SE-10",
            "`final_verdict` is `accepted`, `max_iter_exhausted` or `infra_error`; an attempt's `verdict_kind` is `no_json`, `validation_failed`, `accepted` or `infra_error`.",
        ),
        source("SE-11", "Accepted: `artifact` is the artifact and `iterations` is as answered."),
        source("SE-12", "Exhausted: no `artifact`, and `iterations` is the effective maximum."),
        source(
            "SE-13",
            "Infrastructure error: `iterations` is 0, there is no `artifact`, and `attempts` is exactly one entry with `iteration` 0 and `verdict_kind` `infra_error`, in whatever iteration it happened; earlier attempts are not in the row.",
        ),
        chosen(
            "SE-14",
            "The `error` of that entry is the whole text of the 502 answer.",
            "It keeps the iteration in which it happened.",
            governs=(),
        ),
        source(
            "SE-15",
            "Otherwise `attempts` has one entry per attempt in order with `iteration`, `verdict_kind`, and for `validation_failed` the `error`, the same text as in the history.",
        ),
        chosen(
            "SE-16",
            "The `error` of an attempt that is `no_json` or `accepted` has no value.",
            "There is none.",
        ),
        source(
            "SE-17",
            "`grounded_in_roster` has a value only for an accepted `fill` whose artifact's `fills` is an array: true if every entry's `candidate_id` is a non-empty string found in the roster (also where `fills` is empty), else false.",
        ),
        chosen(
            "SE-18",
            "`schema` is `session.iterate.v1`.",
            "The source has a constant and does not give it.",
            governs=("session_row $.schema",),
        ),
        chosen(
            "SE-19",
            "`timestamp` is the moment the call arrived, in UTC, as RFC 3339 with exactly three fraction digits and `Z`.",
            "So that both producers' column has one type in DuckDB.",
        ),
        source("SE-20", "`duration_ms` is an integer of at least 0: from arrival to answer."),
        source(
            "SE-21",
            "The rows of both daemons unify: `SELECT daemon, COUNT(*) FROM read_json_auto(LOG, format='nd') GROUP BY daemon` works, and every column has one type that holds for both.",
        ),
        chosen(
            "SE-22",
            "A member without a value is left out.",
            "Shorter rows; compared, null and absent are alike.",
            unobserved="a form, which is reported and not judged",
        ),
    ),
)

SPANS = Chapter(
    "SP",
    "Spans",
    "What Langfuse is told of a call, if it is configured.",
    (
        source(
            "SP-1",
            "Each attempt emits one span under the trace id with the iteration, model, provider, prompt as sent, raw, verdict, error, start and end time.",
        ),
        source(
            "SP-2",
            "The span's id is the attempt's `span_id` in the session row; without Langfuse `span_id` has no value.",
        ),
        source(
            "SP-3",
            "Emission never delays or fails the answer: a Langfuse that is slow, down or refusing changes nothing in it.",
        ),
        chosen(
            "SP-4",
            'Spans go to `POST BASE/api/public/ingestion` with basic authentication, public key and secret key, and the body `{"batch":[EVENT…]}`; an event is `{"id","type","timestamp","body"}` with an id of its own.',
            "Langfuse's public ingestion endpoint, which answers 207, and keeps one of several events with one id.",
            governs=("span $[*].eventId", "span $[*].trace[*].eventId"),
        ),
        chosen(
            "SP-5",
            "Each call emits one `trace-create` whose body has the trace id as `id` and the name `iterate`, and one `span-create` per attempt in order.",
            "One tree per call.",
        ),
        chosen(
            "SP-6",
            'A span\'s body has `id` (16 lower-case hexadecimal digits), `traceId`, `name` `iterate.attempt`, `startTime`, `endTime`, `input` `{"prompt"}`, `output` `{"raw"}`, and `metadata` `{"iteration","model","provider","verdict","error"}`; a member without a value is left out.',
            "Where Langfuse's interface shows each.",
        ),
        chosen(
            "SP-7",
            "`verdict` is the attempt's `verdict_kind`. The prompt and raw are whole. The error of a failed validation is its error text.",
            "A trace is where one looks for the whole story.",
        ),
        chosen(
            "SP-8",
            "An attempt whose chat hop failed emits a span too: its true iteration, verdict `infra_error`, the text of the 502 answer as error, no output. Its id is the `span_id` of the row's one attempt.",
            "The attempt took place.",
        ),
        chosen(
            "SP-9",
            "`startTime` is not after `endTime`, the two enclose the attempt's model call, and attempts do not overlap; times are RFC 3339 in UTC.",
            "Otherwise a trace misleads.",
        ),
    ),
)
