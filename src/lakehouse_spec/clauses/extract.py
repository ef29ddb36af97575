"""Chapter EX: from a model's text to a JSON object, or to nothing."""

from lakehouse_spec.clauses.model import Chapter, chosen, source

EXTRACT = Chapter(
    "EX",
    "Extraction",
    """
*raw* is the model's whole text answer, a sequence of Unicode scalar values. Extraction gives one
JSON object, the *artifact*, or nothing. Two runtimes are at parity only if they agree on every
text, so the quirks below are rules. *Parses* always means: as a whole, by the runtime's own JSON
library, as chapter JS describes it.
""",
    (
        source(
            "EX-1",
            "The fence phase comes first; its candidates are tried from left to right, and the first that parses as a whole and is an object is the artifact.",
        ),
        source(
            "EX-2",
            "An opening fence is the next run of three backticks at or behind the scan position; scanning starts at the beginning of raw. Four backticks are three and one; tildes, quotes and indentation mean nothing.",
        ),
        source(
            "EX-3",
            "The body of a fence begins behind the first line feed (U+000A, nothing else) found anywhere behind the opening backticks; where no line feed follows at all, it begins right behind them.",
            "This is how a language tag is skipped; it also means that a fence opened and closed on one line takes its body from behind the next line feed, past its own closing backticks.",
        ),
        source(
            "EX-4",
            "The body ends at the first three backticks at or behind its beginning. Where there are none, fence scanning stops for good and that body is no candidate.",
        ),
        source(
            "EX-5",
            "The candidate is the body without the Unicode White_Space characters at both ends: U+0009 to U+000D, U+0020, U+0085, U+00A0, U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000. Nothing else is trimmed: not U+001C to U+001F, U+180E, U+200B to U+200D, U+2060 or U+FEFF.",
            "Inside JSON only U+0009, U+000A, U+000D and U+0020 are white space, so the difference shows.",
        ),
        source(
            "EX-6",
            "A candidate that does not parse, or parses to an array or a scalar, is passed over; scanning goes on right behind its closing backticks.",
        ),
        source(
            "EX-7",
            "Only where no candidate was taken, the balance phase walks the whole of raw again, fences included, with a signed depth that starts at 0 and no start remembered.",
        ),
        source(
            "EX-8",
            "At `{`: if no start is remembered, this position is remembered; then the depth grows by one.",
        ),
        source(
            "EX-9",
            "At `}`: the depth falls by one; if it is now exactly 0 and a start is remembered, the slice from the start to here, both included, is parsed.",
        ),
        source(
            "EX-10",
            "A slice that parses to an object is the artifact and ends the walk; any other slice forgets the start, and the walk goes on. Only the outermost balance is ever tried.",
        ),
        source(
            "EX-11",
            "The balance phase knows no strings and no escapes: a brace inside a string counts like any other.",
        ),
        source(
            "EX-12",
            "The depth is never reset and may be negative: one stray `}` in front of an object hides it, unless an unmatched `{` makes up for it.",
        ),
        source(
            "EX-13",
            "Where neither phase takes anything, extraction gives nothing. The empty object `{}` is an object.",
        ),
        source(
            "EX-14",
            "The artifact is the parsed value of that one candidate or slice alone: nothing of a failed candidate is kept, and text behind the value inside a candidate refuses it.",
        ),
        chosen(
            "EX-15",
            "The cost of extraction is linear in the length of raw, whatever raw holds.",
            "The literal algorithm is quadratic where fences stand with no line feed left; remembering that none is left gives the same answers.",
            unobserved="a matter of time, not of answers; the benchmark shows it",
        ),
    ),
)

DIALECTS = Chapter(
    "JS",
    "JSON dialects",
    """
What parses, and which value it gives, belongs to the JSON library of the runtime. The reference
computes every answer twice: in dialect `serde_json` (serde_json 1.x with default features, into
`serde_json::Value`) and in dialect `encoding/json` (Go, into `any`). A runtime is held against
the reference in its own dialect. Where the dialects differ the verdict is `dialect`, and each such
difference stands on the known list. All facts here are re-measured by the project's tests against
the real libraries of the bundled daemons.
""",
    (
        source(
            "JS-1",
            "Both dialects refuse what RFC 8259 refuses: `NaN`, `Infinity`, leading zeros, `+1`, `.5`, `5.`, hexadecimal, comments, trailing commas, single quotes, a byte order mark, white space other than U+0009, U+000A, U+000D and U+0020, raw control characters below U+0020 in strings, unknown escapes, text behind the value.",
        ),
        source("JS-2", "Of duplicate keys the last value wins, without merging, at every depth."),
        source(
            "JS-3",
            "Nesting counts arrays and objects that are open at once, the outermost as 1. `serde_json` accepts 127 and refuses 128; `encoding/json` accepts 10000 and refuses 10001.",
        ),
        source(
            "JS-4",
            "An escaped surrogate without its partner: `serde_json` refuses the whole text, also in a key or in a value that a duplicate key drops; `encoding/json` reads each as U+FFFD, and keys that fall together then resolve by JS-2.",
        ),
        source(
            "JS-5",
            "Integers from -2^63 to 2^64-1: `serde_json` keeps them exactly; `encoding/json` rounds every number to the nearest binary64.",
        ),
        source(
            "JS-6",
            "Any other number is a binary64 in both. `encoding/json` rounds correctly, but for numbers of more than 800 integer digits and exponents of more than five, and refuses what overflows; `serde_json` takes digits into a 64-bit significand while they fit, integer digits first, drops the others (an integer digit dropped adds one to the exponent), and multiplies or divides once by the power of ten, which is not always correctly rounded; it refuses an infinite result.",
            "Where the significand is at most 2^53 and the exponent at most 22 both are exact; of 17-digit decimals about a quarter differ in the last place. The reference models both libraries digit by digit, these limits of Go's included.",
        ),
        source(
            "JS-7",
            "`-0` is the number minus zero in both; a magnitude too small for binary64 is zero in both.",
        ),
        source(
            "JS-8",
            "Bytes that are not UTF-8: `serde_json` refuses the text; `encoding/json` reads each bad byte inside a string as one U+FFFD, and refuses the text where they stand outside strings.",
        ),
        source(
            "JS-9",
            "Written, both give keys in code point order and no white space. `serde_json` keeps integers and floats apart (`1`, `1.0`, `1e16` as `1e+16`); `encoding/json` writes `1` for both and plain digits below 1e21.",
            "Values compare as numbers, so only the form differs; the lexemes are reported, not judged.",
        ),
        source(
            "JS-10",
            'In a written string both escape `"`, `\\`, `\\b`, `\\f`, `\\n`, `\\r`, `\\t` so, other characters below U+0020 as `\\u00xx`, and leave all else as it is, `<`, `>` and `&` included; only `encoding/json` writes U+2028 and U+2029 as `\\u2028` and `\\u2029`.',
        ),
    ),
)
