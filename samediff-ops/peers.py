"""Times what others have for the same work, on the GPU at hand: PyTorch's FlexAttention and NX-AI's mLSTM kernels.

    python3 samediff-ops/peers.py [--tokens 65536]

Needs PyTorch; the mLSTM is left out where the package mlstm_kernels is not installed. Medians of device events over
random data, bfloat16, 32 heads of 128, after a warm-up in which the peers compile.
"""
import argparse
import importlib.util

import torch

HEADS, WIDTH, WINDOW, SINKS = 32, 128, 512, 4


def median_millis(work, repeats=20):
    times = []
    for repeat in range(repeats + 3):
        begin, end = torch.cuda.Event(True), torch.cuda.Event(True)
        begin.record()
        work()
        end.record()
        torch.cuda.synchronize()
        if repeat >= 3:
            times.append(begin.elapsed_time(end))
    return sorted(times)[len(times) // 2]


def heads(tokens, time):
    return [torch.randn(tokens // time, HEADS, time, WIDTH, device="cuda", dtype=torch.bfloat16, requires_grad=True)
            for _ in range(3)]


def report(name, time, forward, inputs, upstream):
    with torch.no_grad():
        alone = median_millis(forward)
    training = median_millis(lambda: torch.autograd.grad(forward(), inputs, upstream))
    print(f"{name:16} T={time:6}: forward {alone:6.2f} ms, forward+backward {training:6.2f} ms", flush=True)


def flex_attention(tokens, time):
    from torch.nn.attention import flex_attention as flex
    query, key, value = heads(tokens, time)

    def seen(batch, head, q, k):
        return (k <= q) & ((q - k < WINDOW) | (k < SINKS))

    mask = flex.create_block_mask(seen, None, None, time, time, device="cuda")
    compiled = torch.compile(flex.flex_attention)
    report("flex_attention", time, lambda: compiled(query, key, value, block_mask=mask), (query, key, value),
           torch.randn_like(query))


def mlstm(tokens, time):
    from mlstm_kernels.torch.chunkwise.triton_xl_chunk import mlstm_chunkwise__xl_chunk
    query, key, value = heads(tokens, time)
    gates = [torch.randn(tokens // time, HEADS, time, device="cuda", requires_grad=True) for _ in range(2)]
    report("mlstm_kernels", time, lambda: mlstm_chunkwise__xl_chunk(
        query, key, value, gates[0], gates[1] + 4, chunk_size=128, autocast_kernel_dtype=torch.bfloat16),
           (query, key, value, *gates), torch.randn_like(query))


def ceilings():
    a, b = (torch.randn(4096, 4096, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    from_, to = torch.empty(1 << 30, device="cuda", dtype=torch.int16), torch.empty(1 << 30, device="cuda",
                                                                                   dtype=torch.int16)
    rate = 20 * 2 * 4096 ** 3 / median_millis(lambda: [a @ b for _ in range(20)]) / 1e9
    copy = 2 * 2 * (1 << 30) / median_millis(lambda: to.copy_(from_)) / 1e6
    print(f"{torch.cuda.get_device_name()}: bf16 product {rate:.0f} TFLOP/s, copy {copy:.0f} GB/s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=int, default=65536)
    tokens = parser.parse_args().tokens
    ceilings()
    flex_attention(tokens, 4096)
    if importlib.util.find_spec("mlstm_kernels"):
        for time in (4096, 16384):
            mlstm(tokens, time)


if __name__ == "__main__":
    main()
