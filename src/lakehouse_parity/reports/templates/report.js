"use strict";
const DATA = JSON.parse(document.getElementById("data").textContent);
const PROBES = DATA.probes;
PROBES.forEach((probe, index) => { probe.number = index; });
const NAMES = {rust: "rust", go: "go", reference: "reference", reference_go: "reference as go"};
const BATCH = 120, WINDOW = 700, BEFORE = 160, STEPS = 400;
const $ = id => document.getElementById(id);

/* Everything from the wire becomes a text node, made visible; nothing becomes markup. */

const UNSEEN = /[\x00-\x09\x0b-\x1f\x7f-\x9f\xa0\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff]/gu;

function visible(text) {
  return text.replace(UNSEEN, character => {
    const code = character.codePointAt(0);
    if (code === 9) return "\\t";
    if (code === 13) return "\\r";
    return code < 256 ? "\\x" + code.toString(16).padStart(2, "0") : "\\u" + code.toString(16).padStart(4, "0");
  });
}

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "on") for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter(child => child !== null && child !== undefined && child !== ""));
  return made;
}

const tool = (label, listener, pressed) =>
  element("button", {type: "button", class: "tool", "aria-pressed": pressed, on: {click: listener}}, label);

/* Which characters differ: the shortest edit between two texts, or all that is not shared where that is far. */

function common(one, other, limit, at) {
  let count = 0;
  while (count < limit && at(one, count) === at(other, count)) count++;
  return count;
}

function differing(one, other) {
  const most = Math.min(one.length, other.length);
  const head = common(one, other, most, (list, i) => list[i]);
  const tail = common(one, other, most - head, (list, i) => list[list.length - 1 - i]);
  const a = one.slice(head, one.length - tail), b = other.slice(head, other.length - tail);
  return joined(edits(a, b).map(([start, end]) => [start + head, end + head]));
}

function edits(a, b) {
  if (!a.length || !b.length) return a.length || b.length ? [[0, a.length]] : [];
  const size = 2 * STEPS + 2, history = [];
  let reach = new Int32Array(size);
  for (let depth = 0; depth <= STEPS; depth++) {
    history.push(reach.slice());
    for (let diagonal = -depth; diagonal <= depth; diagonal += 2) {
      const down = diagonal === -depth || (diagonal !== depth && reach[STEPS + diagonal - 1] < reach[STEPS + diagonal + 1]);
      let x = down ? reach[STEPS + diagonal + 1] : reach[STEPS + diagonal - 1] + 1;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x++;
      reach[STEPS + diagonal] = x;
      if (x >= a.length && x - diagonal >= b.length) return walked(history, a.length, b.length);
    }
  }
  return [[0, a.length]];
}

function walked(history, x, y) {
  const ranges = [];
  for (let depth = history.length - 1; depth > 0; depth--) {
    const reach = history[depth], diagonal = x - y;
    const down = diagonal === -depth || (diagonal !== depth && reach[STEPS + diagonal - 1] < reach[STEPS + diagonal + 1]);
    const from = down ? diagonal + 1 : diagonal - 1;
    const startX = reach[STEPS + from];
    while (x > startX + (down ? 0 : 1) && y > startX - from + (down ? 1 : 0)) { x--; y--; }
    ranges.push(down ? [x, x] : [x - 1, x]);
    x = startX;
    y = startX - from;
  }
  return ranges.reverse();
}

function joined(ranges) {
  const found = [];
  for (const [start, end] of ranges) {
    const last = found[found.length - 1];
    if (last && start - last[1] < 3) last[1] = Math.max(last[1], end);
    else found.push([start, end]);
  }
  return found;
}

/* One value with its marks, cut to a window around the first of them until all of it is asked for. */

function marked(characters, ranges, from, to) {
  const made = element("pre");
  let place = from;
  const lines = characters.length > 80;
  const plain = end => { if (end > place) made.append(broken(characters.slice(place, end).join(""), lines)); };
  for (const [start, end] of ranges) {
    if (end < from || start > to) continue;
    const first = Math.max(start, from), last = Math.min(end, to);
    plain(first);
    made.append(first === last ? element("mark", {class: "gap", title: "something is missing here"})
                               : element("mark", {}, broken(characters.slice(first, last).join(""), lines)));
    place = Math.max(place, last);
  }
  plain(to);
  return made;
}

function broken(text, lines) {
  const whole = document.createDocumentFragment();
  for (const part of lines ? text.split(/(?<=\\n)/) : [text]) whole.append(part, ...(lines && part.endsWith("\\n") ? [element("br")] : []));
  return whole;
}

function valueOf(side, others) {
  if (!side) return element("pre", {class: "absent"}, "absent");
  const characters = Array.from(visible(side.text));
  const ranges = joined(others.flatMap(other => differing(characters, other)).sort((a, b) => a[0] - b[0]));
  const cut = characters.length > WINDOW + BEFORE;
  const start = cut ? Math.max(0, Math.min((ranges[0] || [0])[0] - BEFORE, characters.length - WINDOW)) : 0;
  const end = cut ? Math.min(characters.length, start + WINDOW) : characters.length;
  const shown = marked(characters, ranges, start, end);
  if (side.start || start) shown.prepend("…");
  if (side.of || end < characters.length) shown.append("…");
  const box = element("div", {class: "text"}, shown);
  if (cut) box.append(tool(`show all ${characters.length.toLocaleString("en")} characters`, event => {
    event.target.remove();
    shown.replaceWith(marked(characters, ranges, 0, characters.length));
  }));
  if (side.of) box.append(element("p", {class: "soft"},
    `characters ${side.start + 1} to ${side.start + side.text.length} of ${side.of}; parity show prints all`));
  return box;
}

const ALONE = {rust_drift: ["rust"], go_drift: ["go"], both_drift: ["rust", "go"], reference_drift: ["reference"]};

function difference(found, index, all) {
  const sides = Object.keys(NAMES).filter(side => side !== "reference_go" || found.sides.reference_go);
  const own = found.sides.reference_go ? "reference_go" : "reference";
  const partners = found.verdict === "dialect"
    ? {rust: ["go"], go: ["rust"], reference: [own], reference_go: ["reference"]}
    : {rust: ["reference"], go: [own], reference: ["rust", "go"], reference_go: ["go"]};
  const against = side => partners[side].filter(other => found.sides[other]).map(other => Array.from(visible(found.sides[other].text)));
  const alone = ALONE[found.verdict] || [];
  const told = all.slice(0, index).some(other => other.clause === found.clause);
  return element("div", {class: "difference"},
    element("h4", {}, element("strong", {}, found.surface.replace("_", " ")), element("code", {}, visible(found.path)),
      badge(found.verdict)),
    element("div", {class: "columns"}, ...sides.map(side =>
      element("div", {class: alone.includes(side) ? "side alone" : "side"},
        element("h5", {}, NAMES[side], alone.length === 1 && alone[0] === side ? element("span", {}, "stands alone") : ""),
        valueOf(found.sides[side], against(side))))),
    told ? element("p", {class: "clause"}, element("b", {}, found.clause), " as above") : clauseText(found.clause));
}

function clauseText(id) {
  const clause = DATA.clauses[id];
  return element("p", {class: "clause"}, element("b", {}, id), ` (${clause.authority}) `, ...quoted(clause.text),
    ...(clause.why ? [" — ", ...quoted(clause.why)] : []));
}

const quoted = text => text.split("`").map((part, index) => index % 2 ? element("code", {}, part) : part);

/* Bytes on demand: indented where they are JSON, as they came, or in hexadecimal. */

function bytesOf(data) {
  if (data.text !== undefined) return new TextEncoder().encode(data.text);
  return Uint8Array.from(atob(data.base64), character => character.charCodeAt(0));
}

function hex(bytes) {
  const lines = [];
  for (let start = 0; start < bytes.length; start += 16) {
    const row = [...bytes.slice(start, start + 16)];
    lines.push(start.toString(16).padStart(6, "0") + "  " + row.map(byte => byte.toString(16).padStart(2, "0")).join(" ").padEnd(48)
      + " " + row.map(byte => byte > 31 && byte < 127 ? String.fromCharCode(byte) : "·").join(""));
  }
  return lines.join("\n");
}

function indented(text) {
  try { JSON.parse(text); } catch { return null; }
  let depth = 0, made = "";
  const line = () => "\n" + "  ".repeat(depth);
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    if (token === "{" || token === "[") { depth++; made += token + line(); }
    else if (token === "}" || token === "]") {
      depth--;
      const empty = /[{[]\s*$/.exec(made);
      made = (empty ? made.trimEnd() : made + line()) + token;
    }
    else made += token === "," ? "," + line() : token === ":" ? ": " : token;
  }
  return made;
}

function body(data) {
  if (!data || data.text === "") return element("p", {class: "soft"}, "no body");
  const modes = {};
  if (data.text !== undefined) {
    const pretty = data.of ? null : indented(data.text);
    if (pretty !== null && pretty !== data.text) modes.indented = () => visible(pretty);
    modes["as it came"] = () => visible(data.text);
  }
  modes.hex = () => hex(bytesOf(data));
  const shown = element("pre", {tabindex: "0"}), buttons = [];
  const show = name => {
    shown.textContent = modes[name]();
    buttons.forEach(button => button.setAttribute("aria-pressed", String(button.textContent === name)));
  };
  buttons.push(...Object.keys(modes).map(name => tool(name, () => show(name), "false")));
  show(Object.keys(modes)[0]);
  return element("div", {}, shown,
    data.of ? element("p", {class: "soft"}, `cut: the whole has ${data.of.toLocaleString("en")} bytes; parity show prints it`) : null,
    ...buttons);
}

function message(found) {
  if (typeof found === "string") return element("div", {class: "message"}, element("pre", {}, visible(found)));
  if (found.line === undefined) return element("div", {class: "message"}, body(found));
  const headers = found.headers.map(([name, value]) => visible(`${name}: ${value}`)).join("\n");
  return element("div", {class: "message"}, element("pre", {class: "line"}, visible(found.line)),
    headers ? element("pre", {class: "soft"}, headers) : null, body(found.body));
}

const PARTS = ["answer", "model requests", "session rows", "spans", "traces", "in time", "usage", "extraction", "failure"];

function evidence(exhibit) {
  const made = [element("h4", {}, "Request"), element("div", {class: "side"}, message(exhibit.request))];
  const sides = Object.keys(NAMES).filter(side => exhibit.seen[side]);
  for (const part of PARTS) {
    if (!sides.some(side => exhibit.seen[side][part])) continue;
    made.push(element("h4", {}, part[0].toUpperCase() + part.slice(1)), element("div", {class: "columns"}, ...sides.map(side => {
      const found = exhibit.seen[side][part];
      return element("div", {class: "side"}, element("h5", {}, NAMES[side]),
        ...(found ? [found].flat().map(message) : [element("div", {class: "message absent"}, "none")]));
    })));
  }
  return made;
}

function raw(probe) {
  if (!probe.exhibit) return element("p", {class: "soft"},
    "What was seen of it is left out of this page; ", element("code", {}, `parity show ${probe.id}`), " prints it from the recording.");
  const box = element("details", {class: "raw"}, element("summary", {}, "request, answers and evidence, with their bytes"));
  box.addEventListener("toggle", () => box.append(...evidence(probe.exhibit)), {once: true});
  return box;
}

function copyable(text) {
  const shown = element("pre", {}, visible(text));
  return element("dd", {class: "line"}, shown, tool("copy", event => {
    const said = () => { event.target.textContent = "copied"; };
    const select = () => getSelection().selectAllChildren(shown);
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(said, select); else select();
  }));
}

function again(probe) {
  const lines = [["again", probe.again], ["whole", probe.again.replace("run --probe", "show")],
    ...((probe.exhibit || {}).curl || []).map(([name, line]) => [`curl ${name}`, line])];
  return element("dl", {class: "again"}, ...lines.flatMap(([name, line]) => [element("dt", {}, name), copyable(line)]));
}

function panel(probe) {
  const decided = new Set((probe.differences || []).map(found => found.clause));
  return [
    element("p", {class: "reason"}, visible(probe.reason || "")),
    probe.why ? element("p", {class: "soft"}, visible(probe.why)) : null,
    ...(probe.differences || []).map(difference),
    ...probe.clauses.filter(id => !decided.has(id)).map(clauseText),
    ...Object.entries(probe.further || {}).map(([name, text]) => element("p", {class: "soft"}, `${name}: ${visible(text)}`)),
    element("p", {class: "soft"}, visible(probe.place), " · ", element("a", {href: `#probe=${encodeURIComponent(probe.id)}`}, "link to this probe")),
    again(probe),
    raw(probe),
  ].filter(Boolean);
}

/* The list: as many rows as are looked at, each opened where it stands. */

function tone(verdict) {
  const column = DATA.columns[verdict];
  return verdict === "reference_drift" ? "calm" : column;
}
const badge = verdict => element("span", {class: `verdict ${tone(verdict)}`}, verdict.replace("_", " "));

function hint(probe) {
  const [first, ...others] = probe.differences || [];
  if (!first) return probe.verdict === "parity" ? probe.why || "" : probe.reason || "";
  return `${first.surface.replace("_", " ")} ${first.path}${others.length ? ` and ${others.length} more` : ""}`;
}

let matching = PROBES, drawn = 0;
const opened = new Set();

function row(probe) {
  const number = probe.number, box = element("div", {id: `panel-${number}`, class: "panel", role: "region", "aria-labelledby": `row-${number}`, hidden: true});
  const button = element("button", {type: "button", class: "row", id: `row-${number}`, "aria-expanded": "false", "aria-controls": box.id},
    badge(probe.verdict), element("span", {class: "id"}, visible(probe.id)), element("span", {class: "hint"}, visible(hint(probe))),
    element("span", {class: "ids"}, probe.clauses.slice(0, 3).join(" ") + (probe.clauses.length > 3 ? " …" : "")));
  const item = element("li", {}, element("h3", {}, button), box);
  const open = wanted => {
    if (wanted && !box.hasChildNodes()) box.append(...panel(probe));
    box.hidden = !wanted;
    button.setAttribute("aria-expanded", String(wanted));
    opened[wanted ? "add" : "delete"](probe);
  };
  button.addEventListener("click", () => { open(box.hidden); remember(box.hidden ? "" : probe.id); });
  item.open = open;
  if (opened.has(probe)) open(true);
  return item;
}

function draw(count) {
  const end = Math.min(matching.length, drawn + count);
  $("list").append(...matching.slice(drawn, end).map(row));
  drawn = end;
  $("more").hidden = drawn >= matching.length;
  $("more").textContent = `${matching.length - drawn} more below`;
}

function reveal(probe) {
  const index = matching.indexOf(probe);
  if (index < 0) return false;
  if (index >= drawn) draw(index + 1 - drawn + BATCH);
  const item = $("list").children[index];
  item.open(true);
  item.querySelector(".row").focus({preventScroll: true});
  item.querySelector(".row").scrollIntoView({block: "start"});
  return true;
}

/* Filters live in the address, so that what one sees can be sent to somebody else. */

const wanted = {verdict: new Set(), suite: "", clause: "", text: ""};
let texts;

function words(probe) {
  const values = (probe.differences || []).flatMap(found => [found.surface, found.path, ...Object.values(found.sides).map(side => side.text.slice(0, 2000))]);
  return [probe.id, probe.why, probe.reason, probe.place, ...probe.clauses, ...values].join("\n").toLowerCase();
}

function passes(probe, index, text) {
  return (!wanted.verdict.size || wanted.verdict.has(probe.verdict)) && (!wanted.suite || probe.suite === wanted.suite)
    && (!wanted.clause || probe.clauses.includes(wanted.clause)) && (!text || texts[index].includes(text));
}

function filter() {
  const text = wanted.text.trim().toLowerCase();
  if (text && !texts) texts = PROBES.map(words);
  matching = PROBES.filter((probe, index) => passes(probe, index, text));
  drawn = 0;
  $("list").replaceChildren();
  draw(BATCH);
  const all = matching.length === PROBES.length;
  $("status").textContent = all ? `${PROBES.length.toLocaleString("en")} probes`
    : `${matching.length.toLocaleString("en")} of ${PROBES.length.toLocaleString("en")} probes`;
  $("reset").hidden = !(wanted.verdict.size || wanted.suite || wanted.clause || wanted.text);
}

function remember(probe) {
  const parts = [["verdict", [...wanted.verdict].join(",")], ["suite", wanted.suite], ["clause", wanted.clause], ["text", wanted.text], ["probe", probe]];
  const hash = parts.filter(([, value]) => value).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  history.replaceState(null, "", "#" + hash);
}

function recall() {
  const found = new URLSearchParams(location.hash.slice(1));
  wanted.verdict = new Set((found.get("verdict") || "").split(",").filter(Boolean));
  for (const name of ["suite", "clause", "text"]) $(name).value = wanted[name] = found.get(name) || "";
  for (const button of $("verdicts").children) button.setAttribute("aria-pressed", String(wanted.verdict.has(button.value)));
  filter();
  const probe = found.get("probe") && PROBES.find(each => each.id === found.get("probe"));
  if (probe && !reveal(probe)) { clear(); reveal(probe); }
}

function clear() {
  Object.assign(wanted, {verdict: new Set(), suite: "", clause: "", text: ""});
  remember("");
  recall();
}

function choose() {
  for (const name of ["suite", "clause", "text"]) wanted[name] = $(name).value;
  remember("");
  filter();
}

const rank = verdict => verdict === "parity" ? 2 : PROBES.some(probe => probe.verdict === verdict && probe.fails) ? 0 : 1;

function prepare() {
  const counts = {};
  for (const probe of PROBES) counts[probe.verdict] = (counts[probe.verdict] || 0) + 1;
  const present = [...new Set(PROBES.map(probe => probe.verdict))].sort((one, other) => rank(one) - rank(other));
  $("verdicts").append(...present.map(verdict => element("button", {type: "button", value: verdict, "aria-pressed": "false", on: {click: event => {
    const button = event.currentTarget, on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    wanted.verdict[on ? "add" : "delete"](verdict);
    remember("");
    filter();
  }}}, `${verdict.replace("_", " ")} `, element("b", {}, counts[verdict].toLocaleString("en")))));
  $("suite").append(...[...new Set(PROBES.map(probe => probe.suite))].sort().map(suite => element("option", {value: suite}, suite)));
  $("clause").append(...Object.entries(DATA.clauses).map(([id, clause]) =>
    element("option", {value: id}, `${id} ${clause.text.slice(0, 70)}${clause.text.length > 70 ? "…" : ""}`)));
}

/* The keyboard: / searches, j and k or the arrows move, Enter opens (it is a button), Escape closes. */

function move(step) {
  const rows = [...document.querySelectorAll(".row")];
  const item = document.activeElement.closest("#list > li");
  const at = item ? rows.indexOf(item.querySelector(".row")) : step > 0 ? -1 : 0;
  if (at + step >= rows.length) draw(BATCH);
  const next = document.querySelectorAll(".row")[Math.max(0, at + step)];
  if (next) next.focus();
}

function escape() {
  const item = document.activeElement.closest("#list > li");
  if (item) {
    item.open(false);
    remember("");
    item.querySelector(".row").focus();
  } else if (document.activeElement === $("text")) {
    if ($("text").value) { $("text").value = ""; choose(); } else move(1);
  }
}

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") { escape(); event.preventDefault(); return; }
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
    if (event.target === $("text") && (event.key === "ArrowDown" || event.key === "Enter")) { move(1); event.preventDefault(); }
    return;
  }
  const arrows = event.target === document.body || event.target.classList.contains("row");
  const step = event.key === "j" || (arrows && event.key === "ArrowDown") ? 1 : event.key === "k" || (arrows && event.key === "ArrowUp") ? -1 : 0;
  if (step) { move(step); event.preventDefault(); }
  if (event.key === "/") { $("text").focus(); $("text").select(); event.preventDefault(); }
});

/* Light, dark, or what the system says. */

const THEMES = ["auto", "light", "dark"];

function paint(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = theme;
  $("theme").lastElementChild.textContent = theme;
  $("theme").setAttribute("aria-label", theme === "auto" ? "colours: as the system has them" : `colours: ${theme}`);
}

function kept() { try { return localStorage.getItem("parity-theme"); } catch { return null; } }

$("theme").addEventListener("click", () => {
  const theme = THEMES[(THEMES.indexOf($("theme").lastElementChild.textContent) + 1) % THEMES.length];
  paint(theme);
  try { localStorage.setItem("parity-theme", theme); } catch { /* a page without storage forgets it */ }
});

paint(THEMES.includes(kept()) ? kept() : "auto");
prepare();
document.forms[0].addEventListener("submit", event => event.preventDefault());
for (const name of ["suite", "clause", "text"]) $(name).addEventListener("input", choose);
$("reset").addEventListener("click", event => { event.preventDefault(); clear(); $("text").focus(); });
addEventListener("hashchange", recall);
addEventListener("beforeprint", () => draw(matching.length));
new IntersectionObserver(entries => { if (entries.some(entry => entry.isIntersecting)) draw(BATCH); }, {rootMargin: "800px"}).observe($("more"));
if (PROBES.length && PROBES[0].fails) opened.add(PROBES[0]);
recall();
