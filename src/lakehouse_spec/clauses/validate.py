"""Chapters VA, FI, EM and PL: `POST /v1/validate` and its three validators."""

from lakehouse_spec.clauses.model import Chapter, chosen, source

VALIDATE = Chapter(
    "VA",
    "`POST /v1/validate`",
    """
Error texts are part of the contract: the model reads them on retry. In them `'X'` stands for the
value as it is, neither trimmed nor folded nor escaped, between apostrophes.
""",
    (
        chosen(
            "VA-1",
            "The request is a JSON object with the string `kind` (`fill`, `email` or `playbook`), the member `artifact` (any JSON, null included), and the optional `context` (any JSON, null equal to absent); other members are ignored, and names are case-sensitive.",
            "The shape of the hop (IT-10).",
        ),
        chosen(
            "VA-2",
            "Malformed JSON, a body that is no object, a missing member, a mistyped `kind` or an unknown one: an answer in the class 4xx.",
            "As IT-3.",
        ),
        source("VA-3", "Accepted: status 200 and a Report. Refused: status 422 and a ValidationError."),
        chosen(
            "VA-4",
            'A Report is `{"findings":[{"field","severity","message"}…],"elapsed_ms":INTEGER}`; a severity is `info`, `warning` or `error`.',
            "The source names it, not its members.",
        ),
        chosen(
            "VA-5",
            'A ValidationError is externally tagged: `{"Schema":{"field","reason"}}`, `{"Completeness":{"reason"}}`, `{"Consistency":{"reason"}}` or `{"Policy":{"reason"}}`.',
            "Rust's default for an enum.",
        ),
        chosen(
            "VA-6",
            "The first failing check is the whole error. All Schema checks come before all Completeness checks, then Consistency, then Policy; within a class the order is that of the clauses below.",
            "One error at a time is what a model can fix.",
        ),
        chosen("VA-7", "In an artifact and in a context null equals absent.", "As in requests."),
        chosen(
            "VA-8",
            'Schema reasons are: `required member is missing`, `expected an object`, `expected an array`, `expected a string`, `must not be empty`. An artifact that is not an object is `{"Schema":{"field":"artifact","reason":"expected an object"}}`. A field is a path such as `fills[0].candidate_id`, counted from 0.',
            "Few words, so that a model and a person know them.",
        ),
        chosen("VA-9", "Unknown members of an artifact are ignored.", "Models add remarks."),
        chosen(
            "VA-10",
            "A context that is not an object counts as absent; so does a member of it with a type other than the rule needs: a string for `city`, `state`, `role`, `client_id`, `candidate_id`; for `target_count` a number whose value is an integer from 0 to 4294967295 (`2.0` is 2). An empty string is a value.",
            "The context is the caller's; the validator does not judge it.",
        ),
        chosen(
            "VA-11",
            "*Matches* ignores the case of ASCII letters and the White_Space characters of EX-5 at both ends, and nothing else: no Unicode folding, no normalisation. Ids (`candidate_id`, `client_id`) are compared exactly.",
            "So that no two runtimes differ by their Unicode tables.",
        ),
        chosen("VA-12", "*Characters* are Unicode scalar values.", "As in every cut."),
    ),
)

FILL = Chapter(
    "FI",
    "Validator `fill`",
    'Artifact: `{"fills":[{"candidate_id","name"}…]}`. Context: `target_count`, `city`, `state`, `role`, `client_id`.',
    (
        chosen("FI-1", "Schema: `fills` is there and an array (field `fills`).", "The list is the artifact."),
        chosen(
            "FI-2",
            "Schema, for each fill in order: it is an object (field `fills[i]`); `candidate_id` is there, a string and not empty (field `fills[i].candidate_id`); `name`, where present, is a string (field `fills[i].name`).",
            "Shape before meaning.",
        ),
        chosen(
            "FI-3",
            "Completeness, where `target_count` is given: the number of fills is that; else `expected T fills, got N`.",
            "A shift has so many places.",
        ),
        chosen(
            "FI-4",
            "Consistency goes through the fills in order, and for each through FI-5 to FI-11 in order.",
            "The first wrong fill is reported, with its first fault.",
        ),
        chosen(
            "FI-5",
            "The candidate is in the roster; else `candidate 'ID' is not in the roster`.",
            "Models invent people.",
        ),
        chosen(
            "FI-6",
            "The same id does not stand in an earlier fill; else `candidate 'ID' is used more than once`.",
            "Nobody works two places.",
        ),
        chosen(
            "FI-7",
            "The worker's status matches `active`; else `candidate 'ID' is not active (status 'STATUS')`, with the roster's status.",
            "Only active workers can be sent.",
        ),
        source(
            "FI-8",
            "Where `city` is given, the worker's matches it; else `city 'Louisville' doesn't match contract city 'Toledo'`: the worker's city, then the context's.",
        ),
        chosen(
            "FI-9",
            "Where `state` is given, likewise: `state 'KY' doesn't match contract state 'OH'`.",
            "The form of FI-8.",
        ),
        chosen(
            "FI-10",
            "Where `role` is given, likewise: `role 'Welder' doesn't match contract role 'Driver'`.",
            "The form of FI-8.",
        ),
        chosen(
            "FI-11",
            "Where the fill has a `name`, it matches the worker's; else `name 'NAME' doesn't match roster name 'WORKER'`: the fill's name, then the roster's.",
            "An id with another's name is a mix-up.",
        ),
        chosen(
            "FI-12",
            "Policy, for each fill in order, where `client_id` is given: it is not among the worker's `blacklisted_clients`; else `candidate 'ID' is blacklisted for client 'CLIENT'`.",
            "One list holds both directions.",
        ),
        chosen(
            "FI-13",
            "The Report of an empty `fills` has the one finding field `fills`, severity `warning`, message `no fills`; any other has none.",
            "Accepted, yet worth a look.",
        ),
    ),
)

EMAIL = Chapter(
    "EM",
    "Validator `email`",
    "Artifact: `to`, `body`, optional `subject` and `channel`. Context: `candidate_id`.",
    (
        chosen(
            "EM-1",
            "Schema, in this order: `to` and `body` are there and strings; `subject` and `channel`, where present, are strings; a `channel` is `email` or `sms`, exactly, else reason `must be 'email' or 'sms'`. Each with its own name as field.",
            "Shape before meaning.",
        ),
        chosen("EM-2", "An absent `channel` is `email`. `to` may be empty.", "The usual case."),
        chosen(
            "EM-3", "Completeness: `body` is not the empty string; else `body is empty`.", "Nothing to send."
        ),
        chosen(
            "EM-4",
            "Completeness: a `subject` has at most 78 characters; else `subject has N characters, at most 78 allowed`.",
            "RFC 5322's line.",
        ),
        chosen(
            "EM-5",
            "Completeness: the body of an `sms` has at most 160 characters; else `sms body has N characters, at most 160 allowed`.",
            "One message.",
        ),
        chosen(
            "EM-6",
            "Consistency, where `candidate_id` is given: it is in the roster; else `candidate 'ID' is not in the roster`.",
            "As FI-5.",
        ),
        chosen(
            "EM-7",
            "Consistency, where `candidate_id` is given: a body that holds the worker's full name passes; else, if it holds the full name of another worker of the roster (one whose name does not match the worker's), the error is `body names 'OTHER' instead of 'WORKER'` with the first such worker in roster order; else a body that holds the worker's first name passes; else the error is `body does not name 'WORKER'`.",
            "A message to the wrong person is the mistake to catch; a first name is a greeting.",
        ),
        chosen(
            "EM-8",
            "A text *holds* a name if the name, without White_Space at both ends, occurs in it, ASCII case ignored, and neither neighbour of the occurrence is a word character: an ASCII letter or digit, or a character from U+00C0 up that is not in U+2000 to U+206F. The first name is the part of the trimmed name before the first U+0020. An empty name is never held.",
            "Word borders without Unicode tables.",
        ),
        chosen(
            "EM-9",
            "Policy, for `subject` where present and then `body`: it holds no social security number: three digits, two, four, separated by two `-` or by two U+0020, with no further digit next to either end; else `FIELD contains what looks like a social security number`. Digits are ASCII.",
            "Never in a message.",
        ),
        chosen(
            "EM-10",
            "Policy, for `subject` where present and then `body`: it holds no pay figure: `$`, at most one U+0020 and a digit; or a digit, at most one U+0020, and `/hr`, `/hour`, `per hour`, `an hour`, `per year` or `a year` (ASCII case ignored) with no ASCII letter or digit behind it; else `FIELD contains what looks like a pay figure`.",
            "Pay is agreed elsewhere.",
        ),
        chosen(
            "EM-11",
            "All of EM-9 comes before all of EM-10. The Report of an email (not sms) without `subject` has the one finding field `subject`, severity `info`, message `email has no subject`; any other has none.",
            "Accepted, yet worth a look.",
        ),
    ),
)

PLAYBOOK = Chapter(
    "PL",
    "Validator `playbook`",
    "Artifact: `operation`, `endorsed_names`, `fingerprint`. Context: `target_count`, `role`, `city`, `state`.",
    (
        chosen(
            "PL-1",
            "Schema, in this order: `operation` is there and a string; `endorsed_names` is there and an array; each of it, in order, is a string (field `endorsed_names[i]`; null is `expected a string` here); `fingerprint` is there and a string.",
            "Shape before meaning.",
        ),
        chosen(
            "PL-2",
            "Completeness: `endorsed_names` has at least one name; else `endorsed_names is empty`.",
            "An endorsement by nobody.",
        ),
        chosen(
            "PL-3",
            "Completeness, where `target_count` is given: at most twice as many names; else `endorsed_names has N names, at most M allowed`.",
            "Two candidates for each place.",
        ),
        chosen(
            "PL-4",
            "Completeness: `fingerprint` is not the empty string; else `fingerprint is empty`.",
            "It is the key under which a playbook is found.",
        ),
        chosen(
            "PL-5",
            "Consistency: `operation` as a whole matches the regular expression `fill: (.+) x([0-9]+) in (.+), (.+)`, greedy from the left, with `.` any character but U+000A, and the count so found is at most 4294967295: role, count, city, state; else `operation 'OPERATION' is not of the form 'fill: ROLE xCOUNT in CITY, STATE'`.",
            "For example `fill: Welder x2 in Toledo, OH`.",
        ),
        chosen(
            "PL-6",
            "Consistency, in this order and where the context gives it: the role matches (`operation role 'R' doesn't match contract role 'C'`), the count equals `target_count` (`operation count 2 doesn't match contract count 3`, in decimal without leading zeros), the city matches (`operation city …`), the state matches (`operation state …`).",
            "A playbook for another contract is of no use.",
        ),
        chosen(
            "PL-7",
            "Each name that exactly equals an earlier one gives, in order, a finding with field `endorsed_names[i]`, severity `warning`, message `name 'NAME' is repeated`; there are no other findings. There is no Policy check.",
            "Accepted, yet worth a look.",
        ),
    ),
)

ROSTER = Chapter(
    "RO",
    "The roster",
    "The table of workers that validators look ids up in.",
    (
        source(
            "RO-1",
            "A Parquet file with the columns `worker_id`, `name`, `role`, `city`, `state`, `status`, `email`, `phone` (strings) and `blacklisted_clients` (list of strings), in any column order.",
        ),
        chosen(
            "RO-2",
            "A null string reads as empty and a null list as an empty list; roster order is row order; of two rows with one id the first counts, and the other is as if it were not there.",
            "Files in the wild have nulls.",
        ),
        source("RO-3", "Lookup is by exact id, byte for byte."),
    ),
)
