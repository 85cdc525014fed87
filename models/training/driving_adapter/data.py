"""Examples as models/training/generator/export.ts writes them."""

import gzip
import json

import numpy as np


class Examples:
    """`ids[i]` all tokens, `prompt[i]` how many of them are prompt, `chosen[i]` which of the answer are not forced."""

    def __init__(self, paths):
        self.ids, self.chosen, self.about, prompts = [], [], [], []
        for path in paths:
            data = gzip.decompress(open(path, "rb").read())
            count = int(np.frombuffer(data, "<u4", 1)[0])
            lengths = np.frombuffer(data, "<u2", 2 * count, 4).reshape(count, 2).astype(np.int64)
            at = 4 + 4 * count
            total = int(lengths.sum())
            ids = np.frombuffer(data, "<u2", total, at)
            chosen = np.frombuffer(data, np.uint8, int(lengths[:, 1].sum()), at + 2 * total)
            self.ids += np.split(ids, lengths.sum(1).cumsum()[:-1])
            self.chosen += np.split(chosen, lengths[:, 1].cumsum()[:-1])
            prompts.append(lengths[:, 0])
            with gzip.open(str(path).replace(".bin.gz", ".jsonl.gz"), "rt") as lines:
                self.about += [json.loads(line) for line in lines]
        self.prompt = np.concatenate(prompts)

    def __len__(self):
        return len(self.ids)

    def batch(self, indices, forced_weight):
        """ids [n, length], targets' weights [n, length] (0 where nothing is to be learnt)."""
        length = max(len(self.ids[i]) for i in indices)
        ids = np.zeros((len(indices), length), np.int64)
        weights = np.zeros((len(indices), length), np.float32)
        for row, i in enumerate(indices):
            ids[row, : len(self.ids[i])] = self.ids[i]
            weights[row, self.prompt[i] : len(self.ids[i])] = np.where(self.chosen[i], 1.0, forced_weight)
        return ids, weights
