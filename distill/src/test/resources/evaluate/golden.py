"""Independent float64 values for the evaluation's tests: python golden.py > golden.json, with NumPy alone.

The teacher is ../checkpoint/llama3-tied, run by a plain forward pass that is checked against its golden.safetensors. It
has two students: ../checkpoint/olmo2, whose golden.safetensors has its logits on the same tokens, and itself with the
last output projection halved, which is near to it. Windows are rolled by lm-evaluation-harness's rule, told anew.
"""
import json
import struct

import numpy as np


def tensors(file):
    raw = open(file, "rb").read()
    end = 8 + struct.unpack("<Q", raw[:8])[0]
    types = {"F32": np.float32, "I64": np.int64}
    read = {}
    for name, info in json.loads(raw[8:end]).items():
        if name != "__metadata__":
            begin, stop = info["data_offsets"]
            read[name] = np.frombuffer(raw[end + begin:end + stop], types[info["dtype"]]).reshape(info["shape"])
    return read


class Llama:
    def __init__(self, folder):
        self.config = json.load(open(folder + "/config.json"))
        self.weights = {name: w.astype(np.float64) for name, w in tensors(folder + "/model.safetensors").items()}

    def norm(self, x, name):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + self.config["rms_norm_eps"]) * self.weights[name]

    def rotate(self, x):
        half = self.config["head_dim"] // 2
        frequencies = 1 / self.config["rope_parameters"]["rope_theta"] ** (np.arange(half) / half)
        angles = np.arange(x.shape[1])[:, None] * frequencies
        a, b = x[..., :half], x[..., half:]
        return np.concatenate([a * np.cos(angles) - b * np.sin(angles), b * np.cos(angles) + a * np.sin(angles)], -1)

    def logits(self, ids):
        c, w, time = self.config, self.weights, len(ids)
        heads, groups, size = c["num_attention_heads"], c["num_key_value_heads"], c["head_dim"]
        x = w["model.embed_tokens.weight"][ids]
        for layer in range(c["num_hidden_layers"]):
            p = f"model.layers.{layer}."
            split = lambda y, n: y.reshape(time, n, size).transpose(1, 0, 2)
            y = self.norm(x, p + "input_layernorm.weight")
            q = self.rotate(split(y @ w[p + "self_attn.q_proj.weight"].T, heads))
            k = self.rotate(split(y @ w[p + "self_attn.k_proj.weight"].T, groups)).repeat(heads // groups, 0)
            v = split(y @ w[p + "self_attn.v_proj.weight"].T, groups).repeat(heads // groups, 0)
            scores = q @ k.transpose(0, 2, 1) / np.sqrt(size)
            scores[:, np.triu(np.ones((time, time), bool), 1)] = -np.inf
            e = np.exp(scores - scores.max(-1, keepdims=True))
            mixed = (e / e.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(time, heads * size)
            x = x + mixed @ w[p + "self_attn.o_proj.weight"].T
            y = self.norm(x, p + "post_attention_layernorm.weight")
            gate = y @ w[p + "mlp.gate_proj.weight"].T
            x = x + (gate / (1 + np.exp(-gate)) * (y @ w[p + "mlp.up_proj.weight"].T)) @ w[p + "mlp.down_proj.weight"].T
        return self.norm(x, "model.norm.weight") @ w["model.embed_tokens.weight"].T


def log_softmax(logits):
    shifted = logits.astype(np.float64) - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def log_likelihood(model, ids, predicted):
    logs = log_softmax(model.logits(ids))
    return sum(logs[t - 1, ids[t]] for t in range(len(ids) - predicted, len(ids)))


def rolled(model, begin, text, window):
    total, done = 0.0, 0
    while done < len(text):
        predicted = min(len(text) - done, window)
        end = done + predicted
        total += log_likelihood(model, ([begin] + text)[max(0, end - window):end + 1], predicted)
        done = end
    return -total


def compare(ids, teacher, student):
    p, q = log_softmax(teacher)[:-1], log_softmax(student)[:-1]
    places = np.arange(len(ids) - 1)
    return {"nll": -q[places, ids[1:]].sum(), "teacherNll": -p[places, ids[1:]].sum(),
            "kl": (np.exp(p) * (p - q)).sum(), "agreements": int((p.argmax(-1) == q.argmax(-1)).sum())}


def main():
    teacher = Llama("../checkpoint/llama3-tied")
    own = tensors("../checkpoint/llama3-tied/golden.safetensors")
    assert np.abs(teacher.logits(own["input_ids"][0]) - own["logits"][0]).max() < 1e-4
    student = tensors("../checkpoint/olmo2/golden.safetensors")
    near = Llama("../checkpoint/llama3-tied")
    near.weights["model.layers.2.self_attn.o_proj.weight"] *= 0.5
    first, second = student["input_ids"].tolist()
    texts = [[compare(ids, teacher.logits(ids), logits)
              for ids, logits in zip((first, second), student["logits"])],
             [compare(ids, teacher.logits(ids), near.logits(ids)) for ids in (first, second)]]
    choices = [first[20:23], second[20:28], second[3:4], first[25:40]]
    golden = {
        "texts": [first, second],
        "olmo2": texts[0],
        "near": texts[1],
        "prompt": first[:20],
        "choices": choices,
        "logLikelihoods": [log_likelihood(teacher, first[:20] + choice, len(choice)) for choice in choices],
        "rolledNll": {window: rolled(teacher, first[0], first[1:], window) for window in (1, 5, 13, 16, 39, 100)},
    }
    print("{" + ",\n ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in golden.items()) + "}")


main()
