"""Writes golden.json: what jinja2, set up as in transformers' apply_chat_template, makes of the templates here."""
import datetime
import json
import pathlib

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

HERE = pathlib.Path(__file__).parent


class Generation(Extension):
    """Marks what the assistant says; here, without keeping the places."""
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("said"), [], [], body).set_lineno(line)

    def said(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def environment(date):
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    if date:
        env.globals["strftime_now"] = datetime.datetime.fromisoformat(date).strftime
    return env


def message(role, content, **more):
    return {"role": role, "content": content, **more}


CALL = {"id": "call12345", "type": "function",
        "function": {"name": "weather", "arguments": {"city": "Wien\n\"x\" 'y'", "days": 2}}}
CONVERSATIONS = {
    "question": [message("user", "Hi there")],
    "system": [message("system", " Be brief. "), message("user", "\n Hi 👩‍🚀 {{ 1 }} <s> ")],
    "turns": [message("user", "a"), message("assistant", " b "), message("user", "c\n\nd"),
              message("assistant", "<think>\nhm\n</think>\n\ne")],
    "thoughts": [message("system", "S"), message("user", "a"), message("assistant", "<think>\nhm\n</think>\n\nb"),
                 message("user", "c"), message("assistant", "d", reasoning_content="\nwell\n")],
    "functions": [message("system", "S", functions="[f]"), message("user", "w"),
                  message("assistant", None, function_calls="f()"), message("environment", "3")],
    "calls": [message("user", "w?"), message("assistant", "", tool_calls=[CALL]),
              message("tool", "{\"temp\": 3}", tool_call_id="call12345"),
              message("assistant", "3 degrees"), message("user", "thanks")],
    "two users": [message("user", "a"), message("user", "b")],
    "narrator": [message("narrator", "a")],
    "nothing": [],
}
TOOLS = [{"type": "function", "function": {"name": "weather", "description": "Weather <b>é🙂</b> & \"more\"",
          "parameters": {"type": "object", "required": ["city"], "nothing": {}, "no": [], "yes": True, "none": None,
                         "numbers": [0.5, 1e-7, 1e22, 100.0, 123456789.125, -3]}}},
         {"type": "function", "function": {"name": "time", "return": "text"}}]
VARIANTS = [
    {"add_generation_prompt": True, "more": {}},
    {"add_generation_prompt": False, "more": {}, "date": "2025-03-07T14:05:09"},
    {"add_generation_prompt": True, "more": {"tools": TOOLS}},
    {"add_generation_prompt": True, "more": {"enable_thinking": False}, "only": "qwen3"},
    {"add_generation_prompt": False, "more": {"tools": TOOLS, "tools_in_user_message": False}, "only": "llama31"},
]


def rendered(template, messages, variant):
    try:
        return {"text": environment(variant.get("date")).from_string(template).render(**{
            "bos_token": "<s>", "eos_token": "</s>", "tools": None, "documents": None, **variant["more"],
            "messages": messages, "add_generation_prompt": variant["add_generation_prompt"]})}
    except (jinja2.exceptions.TemplateError, TypeError) as e:
        return {"error": str(e)}


def main():
    results = []
    for file in sorted(HERE.glob("*.jinja")):
        for name, messages in CONVERSATIONS.items():
            for number, variant in enumerate(VARIANTS):
                if variant.get("only", file.stem) == file.stem:
                    results.append({"template": file.stem, "conversation": name, "variant": number,
                                    **rendered(file.read_text(), messages, variant)})
    snippets = [[snippet, environment(None).from_string(snippet).render()]
                for snippet in json.loads((HERE / "snippets.json").read_text())]
    golden = {"conversations": CONVERSATIONS, "variants": VARIANTS, "results": results, "snippets": snippets}
    (HERE / "golden.json").write_text(json.dumps(golden, ensure_ascii=False, indent=0) + "\n")


if __name__ == "__main__":
    main()
