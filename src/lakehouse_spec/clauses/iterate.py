"""Chapter IT: the loop of `POST /v1/iterate`."""

from lakehouse_spec.clauses.model import Chapter, chosen, source, unsettled

ITERATE = Chapter(
    "IT",
    "`POST /v1/iterate`",
    """
The daemon asks the model for an artifact, extracts it, validates it, and on failure feeds the
error back and asks again. A *hop* is the daemon's own HTTP call to its own `/v1/chat` or
`/v1/validate` on loopback. Iterations count from 0. *Cut to n* means: the first n Unicode scalar
values.
""",
    (
        source(
            "IT-1",
            "The request is a JSON object with the required strings `kind` (`fill`, `email` or `playbook`), `prompt`, `provider`, `model`, and the optional `system` (string), `context` (any JSON), `max_iterations` and `max_tokens` (integers from 0 to 4294967295, written without fraction or exponent), `temperature` (number). For an optional member null equals absent.",
        ),
        source(
            "IT-2",
            "Unknown members of the request are ignored. Member names are case-sensitive, so `Prompt` is an unknown member.",
        ),
        chosen(
            "IT-3",
            "Malformed JSON, a body that is no object, a missing or mistyped member, an unknown `kind`: an answer in the class 4xx, no model call, no session row, no span.",
            "Frameworks differ in the code (axum 400, 415 and 422; Go usually 400), so the class is compared and the code is reported.",
        ),
        source(
            "IT-4",
            "The effective maximum of iterations is `max_iterations`, or 3 where it is absent; 0 counts as 1.",
        ),
        source(
            "IT-5",
            "`temperature` is 0.2 where absent, and `max_tokens` is 4096; an explicit 0 of either is sent as 0.",
        ),
        source(
            "IT-6",
            "Each iteration calls the chat hop once, with exactly the members `messages`, `provider`, `model`, `temperature`, `max_tokens`.",
        ),
        source(
            "IT-7",
            "`messages` is the system message (`role` `system`) if `system` is given, even if it is empty, and then one user message (`role` `user`) with the current prompt, which is the request's own in iteration 0.",
        ),
        source(
            "IT-8",
            "raw is `choices[0].message.content` of the chat answer if that is a string; where it is anything else, or any step on the way is missing, raw is the empty string.",
        ),
        source(
            "IT-9",
            "Where raw yields no object the attempt is `no_json`, and the next prompt is the original prompt followed by `\\n\\nYour previous attempt did not contain a JSON object. Reply with ONLY a valid JSON object matching the requested artifact shape.`",
        ),
        source(
            "IT-10",
            "Otherwise the validate hop is called with `kind`, the `artifact` and the `context`, null where absent. An answer in the class 2xx accepts the artifact.",
        ),
        source(
            "IT-11",
            "Any other status of the validate hop is a failed validation, whose error text is that answer's JSON written compactly with sorted keys, as the runtime's library writes it (JS-9, JS-10).",
        ),
        source(
            "IT-12",
            "A transport failure of the validate hop (`validate hop: ` and the cause) and an answer of it that is not JSON (`validate parse: ` and the cause) are failed validations with that text, not infrastructure errors. The words of the cause are free.",
            "Only the second half can be seen from outside: the hop's body nests one level deeper than the artifact, so an artifact as deep as JS-3 allows is refused by the hop in free words (HT-7), which are JSON or not.",
        ),
        source(
            "IT-13",
            "After a failed validation the next prompt is the original prompt followed by `\\n\\nPrior attempt failed validation:\\n`, the error text, and `\\n\\nFix the specific issue above and respond with a corrected JSON object.`",
        ),
        source(
            "IT-14",
            "Feedback never accumulates: every prompt is the original one with at most the last attempt's feedback behind it.",
        ),
        source(
            "IT-15",
            "Accepted: status 200 and `{artifact, validation, iterations, history, trace_id}`; `validation` is the validate hop's answer, `iterations` the number of attempts made.",
        ),
        source(
            "IT-16",
            "The maximum reached without acceptance: status 422 and `{error, iterations, history, trace_id}`; `error` is `max iterations reached (N) without passing validation` and `iterations` is N, the effective maximum.",
        ),
        source(
            "IT-17",
            "`history` has one entry per attempt in order: `iteration`, `raw` cut to 2000, and `status`.",
        ),
        source(
            "IT-18",
            '`status` is `{"kind":"no_json"}`, `{"kind":"validation_failed","error":TEXT}` or `{"kind":"accepted"}`; TEXT is a JSON string that holds the serialised error, not an object.',
        ),
        source(
            "IT-19",
            "A failed chat hop in iteration i ends the call at once, without a retry: status 502 and the plain text `/v1/chat hop failed at iter i: ` followed by the cause.",
        ),
        source(
            "IT-20",
            "A chat answer outside the class 2xx has the cause `chat STATUS: BODY`: the code and its standard reason phrase, and the body cut to 300. The phrases are those of RFC 9110, but for 413 (`Payload Too Large`) and 422 (`Unprocessable Entity`), which keep their older ones.",
            "For example `chat 500 Internal Server Error: boom`.",
        ),
        unsettled(
            "IT-21",
            "A status code without a standard reason phrase reads `<unknown status code>` in place of the phrase, as in `chat 599 <unknown status code>: …`.",
            "Rust's HTTP library writes this; what the Go stack writes is not settled.",
            leaves_open=("body $", "session_row $.attempts[0].error", "span $[*].metadata.error"),
        ),
        source(
            "IT-22",
            "A chat answer in the class 2xx that is not JSON in the runtime's dialect has the cause `chat parse: ` and the library's own words.",
            "The words differ from library to library and are masked.",
        ),
        source(
            "IT-23",
            "A transport failure of the chat hop has the cause `chat hop: ` and the library's words.",
            unobserved="the hop runs inside the daemon and cannot be broken from outside",
        ),
        source(
            "IT-24",
            "Where no HTTP client can be made the answer is 500 and `client build: ` with the cause.",
            unobserved="no input makes a client impossible to build",
        ),
        source(
            "IT-25",
            "A hop times out after 240 seconds.",
            unobserved="four minutes for one probe; the limit is set in one place in each daemon",
        ),
        chosen(
            "IT-26",
            "The content type is `application/json` on 200 and 422, and `text/plain` on 502; parameters such as a charset are free.",
            "Clients choose their parser by it.",
            governs=("header content-type",),
        ),
        chosen(
            "IT-27",
            "The body in a cause is read as UTF-8; each maximal ill-formed sequence in it counts as one U+FFFD.",
            "It is what the Unicode standard recommends and two of three standard libraries do.",
        ),
        chosen(
            "IT-28",
            "Calls share nothing: any number may run at once, and none sees another's prompt, context, history or id.",
            "A gateway serves many callers.",
        ),
    ),
)

TRACE = Chapter(
    "TR",
    "Trace ids",
    "One id joins the answer, the spans and the session row of a call.",
    (
        source(
            "TR-1",
            "The value of the header `X-Lakehouse-Trace-Id`, in any case, is the trace id, verbatim, if it is not empty and consists of visible ASCII, spaces and tabs (0x20 to 0x7E and 0x09).",
        ),
        source(
            "TR-2",
            "Of repeated headers the first counts, alone: if it does not qualify, the others are not looked at.",
        ),
        source("TR-3", "Otherwise an id is minted; minted ids are unique."),
        unsettled(
            "TR-4",
            "A minted id consists of visible ASCII without spaces. The gateway's has 16 hexadecimal digits of nanoseconds, `-`, and 8 hexadecimal digits; the Go stack's form is free.",
            "Known for one runtime only; nothing may depend on the form.",
        ),
        source(
            "TR-5",
            "The id comes back as `trace_id` in the body of 200 and of 422. Where there is none the member is left out, never null.",
        ),
        source("TR-6", "Both hops carry the header with the id."),
        chosen(
            "TR-7",
            "`/v1/chat` carries the first such header of its own request to the provider, verbatim, and sends none where it received none.",
            "It is how the hop's header can be seen from outside.",
        ),
        source("TR-8", "The same id is the session row's `session_id` and the trace of all attempt spans."),
        unsettled(
            "TR-9",
            "A `trace_id` member in the request's body is ignored like any unknown member.",
            "Documented as a source of the id, yet not read by the gateway's request type.",
            leaves_open=(
                "body $.trace_id",
                "session_row $.session_id",
                "span $[*].traceId",
                'model_request $[*].headers["x-lakehouse-trace-id"]',
            ),
        ),
        chosen(
            "TR-10",
            "White space around the header's value is no part of it (RFC 9110, 5.5); what is then empty counts as empty.",
            "HTTP libraries strip it before anyone sees it.",
        ),
    ),
)

CHAT = Chapter(
    "CH",
    "`POST /v1/chat`",
    """
The door to the model providers. A provider is a name with a base URL and a kind, `openai` or
`ollama`, in the daemon's configuration.
""",
    (
        chosen(
            "CH-1",
            "The request is a JSON object with the required strings `provider` and `model`, the required `messages` (an array of objects with the strings `role` and `content`), and the optional `temperature` (number) and `max_tokens` (integer from 0 to 4294967295), null equal to absent; other members are ignored.",
            "OpenAI's shape with a provider.",
        ),
        chosen(
            "CH-2",
            "Anything else is an answer in the class 4xx, without a call to a provider, and is not counted.",
            "Like IT-3.",
        ),
        chosen(
            "CH-3",
            "To a provider of kind `openai` goes `POST BASE/v1/chat/completions` with exactly `model`, `messages` (each `role` and `content` only), and `temperature` and `max_tokens` where given.",
            "The names of the public API.",
        ),
        chosen(
            "CH-4",
            "The provider's status and body come back as they are, byte for byte, with its content type, or with none where it sent none, for every status; redirects are not followed. An answer that cannot have a body (204, 304) needs no content type.",
            "So that what the provider said reaches the caller, and through IT-20 the iterate answer.",
        ),
        chosen(
            "CH-5",
            "To a provider of kind `ollama` goes `POST BASE/api/chat` with `model`, `messages`, `stream` false, and `options` with `temperature` and `num_predict` where given (`options` is `{}` where neither is).",
            "Ollama's names.",
        ),
        chosen(
            "CH-6",
            'A 2xx answer of kind `ollama` is translated: `{"choices":[{"index":0,"message":M,"finish_reason":"stop"}],"model":NAME}` with M the answer\'s `message` (`choices` is `[]` where it has none or null) and NAME the requested model; where both counts are integers, `usage` has `prompt_tokens` from `prompt_eval_count`, `completion_tokens` from `eval_count`, and their sum as `total_tokens`; the status stays what it was. Any other status comes back as in CH-4.',
            "Callers see one shape.",
        ),
        chosen(
            "CH-7",
            "A provider that cannot be reached, breaks off or does not answer in time: 502 and the plain text `provider 'NAME': no answer`. An `ollama` answer in the class 2xx that is not a JSON object: 502 and `provider 'NAME': unreadable answer`.",
            "The libraries' own words differ; the cause goes to the daemon's standard error.",
        ),
        chosen(
            "CH-8",
            "An unknown provider: 400 and the plain text `unknown provider 'NAME'`; not counted.",
            "Nothing was asked.",
        ),
        chosen("CH-9", "A failed call is not repeated.", "A retry doubles cost and hides failures."),
    ),
)

USAGE = Chapter(
    "US",
    "`GET /v1/usage` and `GET /health`",
    "What operators look at.",
    (
        chosen(
            "US-1",
            '`GET /v1/usage` answers 200 and `{"usage":[{"provider","model","requests","failures","prompt_tokens","completion_tokens"}…]}`, one entry per provider and model asked since the start, ordered by provider and then model.',
            "The source has the endpoint, not its shape.",
            governs=('usage $["out of order"]',),
        ),
        chosen(
            "US-2",
            "`requests` counts the calls that `/v1/chat` made to the provider, those of iterate's hops included; `failures` those of them that were not answered in the class 2xx, or unreadably (CH-7).",
            "One count per call asked of a provider, whoever asked.",
        ),
        chosen(
            "US-3",
            "`prompt_tokens` and `completion_tokens` are the sums of the integers (by value: `5.0` is 5; of a magnitude of at most 2^53) that successful answers gave under `usage` (CH-6 for Ollama); they are 0 where none was given.",
            "Tokens cost money.",
        ),
        chosen(
            "US-4",
            "No call is lost from the counts, however many run at once.",
            "Shared counters invite races.",
        ),
        chosen(
            "US-5",
            '`GET /health` answers 200 when the daemon is ready and `{"status":"ok","daemon":TAG,"version":VERSION}`; TAG is `gateway` for Rust and `validatord` for Go.',
            "Enough to know who answers.",
        ),
    ),
)

HTTP = Chapter(
    "HT",
    "HTTP itself",
    "What every endpoint does with requests that are not for it.",
    (
        chosen("HT-1", "An unknown path is answered with 404.", "Both frameworks' default."),
        chosen(
            "HT-2",
            "A known path asked with another method is answered with 405; `HEAD` is as good as `GET`.",
            "Both frameworks' default.",
        ),
        unsettled(
            "HT-3",
            "A `POST` whose content type is missing or is not JSON (`application/json` or a type ending in `+json`, parameters and case free) is refused with 4xx.",
            "axum refuses it; a Go handler often does not look.",
        ),
        unsettled(
            "HT-4",
            "A member that the endpoint knows, given twice in a request object, is refused with 4xx.",
            "serde refuses it in a struct; encoding/json takes the last.",
        ),
        chosen(
            "HT-5",
            "A request body of up to 8 MiB is read; a larger one is answered in the class 4xx. A hop may be larger.",
            "Contexts are large, and memory is bounded; what an artifact adds to a context is no fault of the caller.",
        ),
        chosen(
            "HT-6",
            "An empty body, a truncated JSON text, a byte order mark in front, and text behind the value are malformed.",
            "RFC 8259 and both libraries.",
        ),
        unsettled(
            "HT-7",
            "The body of an answer to a refused request (4xx by IT-3, CH-2, VA-2, HT-1 to HT-5) is free.",
            "Frameworks word it, and nobody parses it.",
        ),
    ),
)
