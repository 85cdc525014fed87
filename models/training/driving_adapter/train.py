"""Trains the driving adapter: `python -m driving_adapter.train --base FILE.gguf --data FOLDER --out FOLDER`.

Resumes from OUT/checkpoint.pt where there is one. Writes log.jsonl, the adapter (safetensors, PEFT's names) and
adapter_config.json. docs/model.md has the recipe and what was compared.
"""

import argparse
import hashlib
import json
import math
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from .data import Examples
from .gguf import Gguf
from .model import LoraModel
from .save import save_adapter


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--base", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--alpha", type=float, default=32)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--epochs", type=float, default=2)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--decay", type=float, default=0.01)
    parser.add_argument("--noise", type=float, default=5.0, help="NEFTune's alpha; 0: none")
    parser.add_argument("--smoothing", type=float, default=0.0, help="label smoothing")
    parser.add_argument("--precision", choices=["bfloat16", "tf32"], default="bfloat16")
    parser.add_argument("--forced-weight", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=1.0, help="part of the examples that is used")
    parser.add_argument("--minutes", type=float, default=9.0, help="stop cleanly, with a checkpoint, after so long")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return parser.parse_args()


def batches(examples, size, epoch, seed, chosen):
    """Batches of examples of like length, in an order of their own in every epoch."""
    random = np.random.default_rng([seed, epoch])
    count = len(chosen)
    order = random.permutation(count)
    lengths = np.array([len(examples.ids[chosen[i]]) for i in order])
    pools = [order[i : i + 50 * size][np.argsort(lengths[i : i + 50 * size], kind="stable")] for i in range(0, count, 50 * size)]
    cut = [pool[i : i + size] for pool in pools for i in range(0, len(pool), size)]
    random.shuffle(cut)
    return cut


def loss_of(model, ids, weights, smoothing=0.0):
    # The base in 16 bits, the adapter's own weights in 32: less than the runtime rounds activations.
    with torch.autocast(ids.device.type, torch.bfloat16, enabled=model.table.dtype == torch.bfloat16):
        hidden = model(ids)[:, :-1]
    targets, weights = ids[:, 1:], weights[:, 1:]
    wanted = weights > 0
    logits = model.logits(hidden[wanted].to(model.table.dtype)).float()
    losses = F.cross_entropy(logits, targets[wanted], reduction="none", label_smoothing=smoothing)
    return (losses * weights[wanted]).sum() / weights[wanted].sum(), logits, targets[wanted], wanted


@torch.no_grad()
def score(model, examples, device):
    """Shares of examples whose every chosen token, and whose decision, is what greedy decoding would choose.

    Examples with one `group` are acceptable answers to one utterance: any of them counts.
    """
    model.eval()
    right, decision, nll = {}, {}, []
    order = sorted(range(len(examples)), key=lambda i: len(examples.ids[i]))
    for start in range(0, len(order), 128):
        part = order[start : start + 128]
        ids, weights = (torch.from_numpy(x).to(device) for x in examples.batch(part, 0.0))
        loss, logits, targets, wanted = loss_of(model, ids, weights)
        nll.append(loss.item())
        hits = torch.zeros_like(wanted, dtype=torch.bool)
        hits[wanted] = logits.argmax(-1) == targets
        misses = (wanted & ~hits).sum(1).tolist()
        firsts = [hits[row][wanted[row]][0].item() for row in range(len(part))]
        for row, i in enumerate(part):
            about = examples.about[i]
            group = about.get("group", i)
            right[group] = right.get(group, False) or misses[row] == 0
            decision[group] = decision.get(group, False) or firsts[row]
    model.train()
    languages = {examples.about[i].get("group", i): examples.about[i]["language"] for i in range(len(examples))}
    result = {"nll": float(np.mean(nll))}
    for language in sorted(set(languages.values())):
        groups = [group for group, of in languages.items() if of == language]
        result[f"full_{language}"] = round(float(np.mean([right[g] for g in groups])), 4)
        result[f"first_{language}"] = round(float(np.mean([decision[g] for g in groups])), 4)
    return result


def main():
    args = arguments()
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)
    torch.set_float32_matmul_precision("high")
    began = time.monotonic()
    model = LoraModel(Gguf(args.base), args.rank, args.alpha, args.dropout).to(args.device)
    model.noise = args.noise
    if args.precision == "bfloat16":
        for module in model.modules():
            for name, buffer in module.named_buffers(recurse=False):
                module.register_buffer(name, buffer.to(torch.bfloat16), persistent=False)
    data = Path(args.data)
    train, held, dev = (Examples(sorted(data.glob(f"**/{name}.bin.gz"))) for name in ("train", "held", "dev"))
    others = {"held": held, "dev": dev}
    count = int(len(train) * args.share)
    chosen = np.random.default_rng(0).permutation(len(train))[:count]
    steps_an_epoch = math.ceil(count / args.batch)
    total = int(steps_an_epoch * args.epochs)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=args.decay, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / max(1, 0.04 * total), 0.5 * (1 + math.cos(math.pi * min(1, step / total))))
    )
    digest = hashlib.sha256(open(args.base, "rb").read()).hexdigest()
    log = open(out / "log.jsonl", "a")
    step = 0
    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint, map_location=args.device)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        schedule.load_state_dict(saved["schedule"])
        step = saved["step"]

    def note(entry):
        line = json.dumps({"step": step, "of": total, "seconds": round(time.monotonic() - began, 1), **entry})
        print(out.name, line, flush=True)
        log.write(line + "\n")
        log.flush()

    def save_checkpoint():
        state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict(), "step": step}
        torch.save(state, checkpoint.with_suffix(".new"))
        os.replace(checkpoint.with_suffix(".new"), checkpoint)
        # A run that is cut off leaves what it has come to.
        save_adapter(model, out, digest, {**vars(args), "examples": count, "steps": step})

    model.train()
    losses, skipped = [], 0
    while step < total:
        epoch, first = divmod(step, steps_an_epoch)
        for indices in batches(train, args.batch, epoch, args.seed, chosen)[first:]:
            if step >= total:
                break
            ids, weights = (torch.from_numpy(x).to(args.device, non_blocking=True) for x in train.batch(chosen[indices], args.forced_weight))
            loss = loss_of(model, ids, weights, args.smoothing)[0]
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            if torch.isfinite(norm):
                optimizer.step()
            else:
                skipped += 1
            schedule.step()
            losses.append(loss.detach())
            step += 1
            if step % 200 == 0 or step == total:
                note({"loss": round(torch.stack(losses).mean().item(), 4), "rate": schedule.get_last_lr()[0], "skipped": skipped})
                losses = []
            if step % 800 == 0:
                save_checkpoint()
                note({name: score(model, examples, args.device) for name, examples in others.items()})
            if time.monotonic() - began > 60 * args.minutes:
                save_checkpoint()
                note({"stopped": "out of time; run the same command again to go on"})
                return
    note({name: score(model, examples, args.device) for name, examples in others.items()})
    save_adapter(model, out, digest, {**vars(args), "examples": count, "steps": total})


main()
