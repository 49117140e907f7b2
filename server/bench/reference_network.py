"""The network of `bench kernel` in PyTorch, for comparison: python3 reference_network.py TOKENS WIDTH BATCH.

Samples a second of processor time on one core, the median of five rounds each; see referenceNetwork.ts for what it
computes. Not needed by anything else.
"""

import sys
import time

import torch
import torch.nn.functional as F

HEADS, FEATURES, ACTIVE, ACTIONS = 4, 980, 5, 7


def main(tokens: int, width: int, batch: int) -> None:
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(1)

    def weight(rows: int, columns: int) -> torch.nn.Parameter:
        values = torch.rand(rows, columns, generator=generator) - 0.5
        return torch.nn.Parameter(values * 3.4 / rows**0.5)

    def block_weights():
        return [
            weight(width, 3 * width),
            weight(width, width),
            weight(width, 4 * width),
            weight(2 * width, width),
        ]

    table, planner, doer = weight(FEATURES, width), block_weights(), block_weights()
    head = weight(width, ACTIONS)
    parameters = [table, *planner, *doer, head]
    optimiser = torch.optim.Adam(parameters, lr=1e-3)
    indices = torch.randint(0, FEATURES, (batch * tokens, ACTIVE), generator=generator)
    actions = torch.randint(0, ACTIONS, (batch,), generator=generator)

    def norm(x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5)

    def block(z, weights):
        wqkv, wo, up, down = weights
        shape = (batch, tokens, 3, HEADS, width // HEADS)
        q, k, v = (z @ wqkv).view(*shape).permute(2, 0, 3, 1, 4)
        mixed = torch.softmax(q @ k.transpose(-1, -2) * (width // HEADS) ** -0.5, -1) @ v
        z = norm(z + mixed.transpose(1, 2).reshape(batch, tokens, width) @ wo)
        gate, value = (z @ up).chunk(2, -1)
        return norm(z + (F.silu(gate) * value) @ down)

    def forward():
        x = F.embedding_bag(indices, table, mode="sum").view(batch, tokens, width)
        z_h = torch.zeros(batch, tokens, width)
        z_l = torch.zeros(batch, tokens, width)
        # Two Planner updates with two Doer updates each; gradients through the last of both.
        with torch.no_grad():
            for _ in range(2):
                z_l = block(z_l + z_h + x, doer)
            z_h = block(z_h + z_l, planner)
            z_l = block(z_l + z_h + x, doer)
        z_l = block(z_l + z_h + x, doer)
        z_h = block(z_h + z_l, planner)
        return z_h[:, 0] @ head

    def train():
        loss = F.cross_entropy(forward(), actions)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()

    def rate(step, seconds=3.0):
        step()
        rates = []
        for _ in range(5):
            start, count = time.process_time(), 0
            while time.process_time() - start < seconds / 5:
                step()
                count += 1
            rates.append(count * batch / (time.process_time() - start))
        return sorted(rates)[2]

    with torch.no_grad():
        forward_rate = rate(forward)
    print(f"{tokens} x {width}: forward {forward_rate:.0f}, train step {rate(train):.0f} samples/s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
