"""Sequences backwards, and dates into ISO 8601, learnt by an encoder-decoder with attention.

Run it as `python benchmarks/seq2seq_tasks.py [FOLDER]`: for each task it learns from random examples, prints every few
seconds which share of some 1,000 others is translated without a mistake, and stops when that is 99.8 percent or five
minutes are over. Then come the share of 2,000 more, and what the decoder looked at in the longest of them, drawn into
`attention_reversal.png` and `attention_dates.png` in the folder (here if none is given). What is tested was not learnt
from.
"""

import sys
import time
from pathlib import Path

import numpy as np

import autograd as ag
import nn
from nn.data import CharVocabulary, DataLoader, SequenceDataset, dates, reversal
from nn.plots import plot_attention

PAD, START, END = 0, 1, 2
SPECIALS = ("<pad>", "<start>", "<end>")
FEATURES, HIDDEN, BATCH, RATE, HALF, ENOUGH, SECONDS = 32, 64, 64, 4e-3, 800, 0.998, 300


def reversal_task():
    """Names of the tokens on both sides, sources, and targets; sequences of 3 to 12 of 20 symbols."""
    names = [*SPECIALS, *"abcdefghijklmnopqrst"]
    sources, targets = reversal(30_000, lengths=(3, 12), symbols=20)
    return names, names, sources, targets


def dates_task():
    written, iso = dates(30_000)
    before, after = (CharVocabulary.from_text("".join(texts), specials=SPECIALS) for texts in (written, iso))
    return before.tokens, after.tokens, list(map(before.encode, written)), list(map(after.encode, iso))


def split(sources, targets):
    """What is learnt from, what tells when to stop, and what is tested, each source in one of them only."""
    pairs = {tuple(source): target for source, target in zip(sources, targets, strict=True)}
    sources = list(pairs)
    stop, test = ({source: pairs[source] for source in part} for part in (sources[:1000], sources[1000:3000]))
    ended = [[*pairs[source], END] for source in sources[3000:]]
    return SequenceDataset(sources[3000:], SequenceDataset(ended)), stop, test


def model_for(sources, targets):
    encoder = nn.RecurrentEncoder(len(sources), FEATURES, HIDDEN)
    attention = nn.LuongAttention(HIDDEN, 2 * HIDDEN)
    decoder = nn.AttentionDecoder(len(targets), FEATURES, HIDDEN, attention, state_size=2 * HIDDEN)
    return nn.Seq2Seq(encoder, decoder, start=START, end=END)


def right(model, test):
    """For each source, whether its whole translation is right."""
    source, lengths = SequenceDataset(list(test))[:]
    found = model.translate(source, lengths, max_steps=20)
    pairs = zip(found.tokens, found.lengths, test.values(), strict=True)
    return [tokens[:length].tolist() == list(target) for tokens, length, target in pairs]


def learn(name, task):
    """Train until nearly all is right, or time is up; the model, what it was tested on, and the names of tokens."""
    source_names, target_names, sources, targets = task()
    ag.manual_seed(0)
    train, stop, test = split(sources, targets)
    model = model_for(source_names, target_names)
    optimizer = nn.optim.Adam(model.parameters(), lr=RATE)
    start, cpu, shown, steps = time.perf_counter(), time.process_time(), 0.0, 0
    print(f"{name}: {len(train):,} examples, {sum(p.size for p in model.parameters()):,} parameters")
    print("seconds  CPU seconds  steps    loss  exact")
    seconds, share, epoch = 0.0, 0.0, 0
    while share < ENOUGH and seconds < SECONDS:
        for source, lengths, target, _ in DataLoader(train, BATCH, shuffle=True, seed=epoch):
            scores = model(source, target, lengths)
            loss = nn.functional.cross_entropy(
                scores.reshape(-1, len(target_names)), target.reshape(-1), ignore_index=PAD
            )
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.param_groups[0]["lr"] = RATE * 0.5 ** (steps / HALF)
            optimizer.step()
            steps += 1
            seconds = time.perf_counter() - start
            if seconds - shown > 5:
                shown, share = seconds, np.mean(right(model, stop))
                spent = time.process_time() - cpu
                print(f"{seconds:7.1f}  {spent:11.1f}  {steps:5}  {loss.item():6.4f}  {share:.4f}", flush=True)
                if share >= ENOUGH or seconds >= SECONDS:
                    break
        epoch += 1
    print(f"of {len(test):,} others {np.mean(right(model, test)):.4f} are exact\n", flush=True)
    return model, test, source_names, target_names


def draw(model, test, source_names, target_names, path):
    """The map of the longest source whose translation is right."""
    is_right = dict(zip(test, right(model, test), strict=True))
    source, target = max((pair for pair in test.items() if is_right[pair[0]]), key=lambda pair: len(pair[0]))
    weights = model.translate(np.array([source]), max_steps=20).weights[0, : len(target)]
    plot_attention(weights, [source_names[t] for t in source], [target_names[t] for t in target], path)


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    for name, task in (("reversal", reversal_task), ("dates", dates_task)):
        draw(*learn(name, task), folder / f"attention_{name}.png")


if __name__ == "__main__":
    main()
